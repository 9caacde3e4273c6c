#include <linseed/framework/plan/explain.h>

#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include <linseed/framework/graph/cost.h>
#include <linseed/framework/kernels/instruction_set.h>
#include <linseed/framework/plan/peak_internal.h>
#include <linseed/framework/plan/profile_internal.h>
#include <linseed/framework/plan/table_internal.h>
#include <linseed/framework/plan/threads.h>

namespace linseed {
namespace {

std::string human_time(double seconds) {
  const auto [value, unit] = seconds < 999.5e-6 ? std::pair(seconds * 1e6, "us")
                             : seconds < 0.9995 ? std::pair(seconds * 1e3, "ms")
                                                : std::pair(seconds, "s");
  return three_digits(value) + ' ' + unit;
}

std::string rate(double per_second) { return three_digits(per_second * 1e-9); }

std::string shapes(const Program& program, const std::vector<int>& values) {
  std::vector<TensorSpec> specs;
  for (const int value : values) specs.push_back(program.spec(value));
  return spec_list(specs);
}

/// "[8,3], [3] -> [8,3]".
std::string shapes(const Program& program, const Program::Step& step) {
  const std::string outputs = "-> " + shapes(program, step.outputs);
  return step.inputs.empty() ? outputs : shapes(program, step.inputs) + ' ' + outputs;
}

/// With the threads and the instruction set in use.
const Peak& peak() {
  constexpr int kTries = 3;
  static std::mutex mutex;
  static std::map<std::pair<int, kernels::InstructionSet>, Peak> measured;
  const std::scoped_lock lock(mutex);
  const std::pair in_use(num_threads(), kernels::instruction_set());
  if (!measured.contains(in_use)) measured[in_use] = measure_peak(in_use.first, kTries);
  return measured[in_use];
}

class Explanation {
 public:
  explicit Explanation(const Plan& plan)
      : run_(read_times(plan.times->run)), table_(columns(run_.calls > 0)) {
    Cost total;
    double least = 0;
    for (const Program::Step& step : plan.program.steps) {
      const Cost cost = cost_of(plan.program, step);
      total.flops += cost.flops;
      total.bytes += cost.bytes;
      if (is_profiled()) least += peak().least_seconds(cost);
    }
    add_steps(plan, "", "");
    add_row("total", "", "", total, run_, least, "");
  }

  std::string text() const {
    if (!is_profiled()) return table_.text();
    std::string streams;
    for (const Peak::Stream& stream : peak().streams) {
      streams += fmt::format("{}{:.3g} GB/s in {:g} MiB", streams.empty() ? "" : ", ", stream.rate,
                             stream.bytes * 0x1p-20);
    }
    return table_.text() + fmt::format("roofline of {} threads: {:.3g} GF/s; {}\n", num_threads(),
                                       peak().gflops, streams);
  }

 private:
  static std::vector<Table::Column> columns(bool is_profiled) {
    std::vector<Table::Column> all{
        {"step", true}, {"kernel"}, {"shapes"}, {"FLOPs", true}, {"bytes", true}};
    if (is_profiled) {
      for (const auto title : {"calls", "time", "GF/s", "GB/s", "roofline"}) {
        all.push_back({title, true});
      }
    }
    all.push_back({"module"});
    return all;
  }

  bool is_profiled() const { return run_.calls > 0; }

  void add_steps(const Plan& plan, const std::string& number, const std::string& indent) {
    for (std::size_t i = 0; i < plan.program.steps.size(); ++i) {
      const Program::Step& step = plan.program.steps[i];
      const Cost cost = cost_of(plan.program, step);
      const std::string own_number = fmt::format("{}{}", number, i + 1);
      const double least = is_profiled() ? peak().least_seconds(cost) : 0;
      add_row(own_number, indent + std::string(step.primitive->name), shapes(plan.program, step),
              cost, read_times(plan.times->steps[i]), least,
              step.label->path.empty() ? "" : to_string(*step.label));
      const auto nested = plan.nested.find(static_cast<int>(i));
      if (nested == plan.nested.end()) continue;
      const std::vector<Plan>& inner = nested->second.plans;
      for (std::size_t p = 0; p < inner.size(); ++p) {
        const std::string letter =
            inner.size() == 1 ? "" : std::string(1, static_cast<char>('a' + p));
        add_steps(inner[p], own_number + letter + '.', indent + "  ");
      }
    }
  }

  void add_row(std::string number, std::string kernel, std::string step_shapes, const Cost& cost,
               const StepTimes& times, double least_seconds, std::string module) {
    std::vector<std::string> row{std::move(number), std::move(kernel), std::move(step_shapes),
                                 human(cost.flops), human(cost.bytes, "B")};
    if (is_profiled() && times.calls > 0) {
      const double seconds = times.seconds_per_call();
      row.insert(row.end(), {std::to_string(times.calls), human_time(seconds),
                             rate(cost.flops / seconds), rate(cost.bytes / seconds),
                             fmt::format("{:.0f} %", 100 * least_seconds / seconds)});
    } else if (is_profiled()) {
      row.resize(row.size() + 5);
    }
    row.push_back(std::move(module));
    table_.add(std::move(row));
  }

  StepTimes run_;
  Table table_;
};

}  // namespace

std::string explain(const Plan& plan) {
  const Program& program = plan.program;
  std::string text = fmt::format("captured tensors: {}\n", program.captured.size());
  for (const int value : program.captured_values) {
    text += fmt::format("  %{} = captured {}\n", value, program.spec(value));
  }
  return text + Explanation(plan).text();
}

}  // namespace linseed
