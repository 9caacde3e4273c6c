// linseed_bench: the cases by Google Benchmark, or as a worker of bench/run.sh.
//
//   linseed_bench [--threads N] [--instruction-set avx2] [--benchmark_filter='K5/.*' …]
//   linseed_bench --list | --peak | --serve
// See bench/README.md.
#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include <linseed/framework/kernels/instruction_set.h>
#include <linseed/framework/plan/peak_internal.h>
#include <linseed/framework/plan/threads.h>

#include "case.h"

namespace bench {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& family :
       {convolution_cases(), dense_cases(), batch_norm_cases(), training_cases(),
        evaluation_cases(), accuracy_cases(), loading_cases(), growth_cases()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

namespace {

using linseed::kernels::InstructionSet;

void list(const std::vector<Case>& cases) {
  nlohmann::json all = nlohmann::json::array();
  for (const Case& c : cases) {
    all.push_back({{"name", c.name}, {"flops", c.flops}, {"bytes", c.bytes}, {"spec", c.spec}});
  }
  std::cout << all.dump(1) << '\n';
}

/// {"instructions": "AVX2", "threads": n, "gflops": …, "stream": [{"bytes": working set,
/// "scale": GB/s}, …]}: see linseed::Peak.
void print_peak(int threads) {
  const linseed::Peak peak = linseed::measure_peak(threads, 15);
  nlohmann::json streams = nlohmann::json::array();
  for (const auto& [bytes, rate] : peak.streams) {
    streams.push_back({{"bytes", bytes}, {"scale", rate}});
  }
  const nlohmann::json all = {
      {"instructions", linseed::kernels::name(linseed::kernels::instruction_set())},
      {"threads", threads},
      {"gflops", peak.gflops},
      {"stream", streams}};
  std::cout << all.dump(1) << '\n';
}

void run(benchmark::State& state, const Case& measured) {
  const auto work = measured.prepare();
  work->step();  // traces
  for (auto _ : state) work->step();
  using benchmark::Counter;
  if (measured.flops > 0) {
    state.counters["FLOPS"] = Counter(measured.flops, Counter::kIsIterationInvariantRate);
  }
  if (measured.bytes > 0) {
    state.counters["B/s"] = Counter(measured.bytes, Counter::kIsIterationInvariantRate);
  }
}

void register_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    benchmark::RegisterBenchmark(c.name.c_str(), run, c)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

void add_instruction_set(CLI::App& app, InstructionSet& chosen) {
  const std::map<std::string, InstructionSet> sets{{"sse4", InstructionSet::sse4},
                                                   {"avx2", InstructionSet::avx2},
                                                   {"avx512", InstructionSet::avx512}};
  app.add_option("--instruction-set", chosen,
                 "of the kernels, no better than the machine's (default: its best)")
      ->transform(CLI::CheckedTransformer(sets));
}

int body(int argc, char** argv) {
  int threads = 0;
  bool lists = false, measures_peak = false, serves = false;
  InstructionSet instruction_set = linseed::kernels::instruction_set();
  CLI::App app("Benchmarks of linseed. Further options are Google Benchmark's.", "linseed_bench");
  app.allow_extras();
  app.add_option("--threads", threads, "threads to compute with (default: one per core)")
      ->check(CLI::PositiveNumber);
  add_instruction_set(app, instruction_set);
  app.add_flag("--list", lists, "print all cases as JSON");
  app.add_flag("--peak", measures_peak, "print what the machine can do at best, as JSON");
  app.add_flag("--serve", serves, "answer commands on standard input (see case.h)");
  CLI11_PARSE(app, argc, argv);
  if (threads > 0) linseed::set_num_threads(threads);
  linseed::kernels::use_instruction_set(instruction_set);

  if (measures_peak) {
    print_peak(linseed::num_threads());
    return 0;
  }
  const auto cases = all_cases();
  if (lists) return list(cases), 0;
  if (serves) return serve(cases), 0;

  std::vector<std::string> rest = app.remaining();
  std::vector<char*> arguments{argv[0]};
  for (std::string& argument : rest) arguments.push_back(argument.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  register_all(cases);
  benchmark::AddCustomContext("linseed threads", std::to_string(linseed::num_threads()));
  benchmark::AddCustomContext("linseed instruction set",
                              std::string(linseed::kernels::name(instruction_set)));
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::body(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "linseed_bench: " << error.what() << '\n';
    return 1;
  }
}
