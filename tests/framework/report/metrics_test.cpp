// What a log says: curves, and tables in HDF5 files.
#include <linseed/framework/report/metrics.h>

#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/create.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

/// Values by bits, so that NaN equals itself and 0 is not −0.
bool same(const std::vector<MetricsRecord>& a, const std::vector<MetricsRecord>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    return x.step == y.step && x.time == y.time &&
           std::equal(x.values.begin(), x.values.end(), y.values.begin(), y.values.end(),
                      [&](const auto& left, const auto& right) {
                        return left.first == right.first && bits(left.second) == bits(right.second);
                      });
  });
}

bool same(const MetricsRun& a, const MetricsRun& b) {
  const auto parts = [](const MetricsRun& run) {
    return std::tie(run.time, run.config, run.version, run.compiler, run.cpu, run.instruction_set,
                    run.threads, run.first_record);
  };
  return parts(a) == parts(b);
}

MetricsRun run_at(double time, std::size_t first_record) {
  return {time, R"({"rate":0.1})", "0.1.0", "g++ 12.2.0", "a \"CPU\"", "AVX2", 2, first_record};
}

/// (step, value, seconds), …
std::vector<std::array<double, 3>> points(const MetricsCurve& curve) {
  std::vector<std::array<double, 3>> all;
  for (const MetricsPoint& point : curve.points) {
    all.push_back({static_cast<double>(point.step), point.value, point.seconds});
  }
  return all;
}

using Points = std::vector<std::array<double, 3>>;

}  // namespace

TEST_CASE("curves are the values of each name, by steps and by seconds of the runs") {
  // The second run begins 900 seconds after the last record of the first.
  const Metrics metrics{{run_at(100, 0), run_at(1020, 2)},
                        {{1, 110, {{"loss", 4}}},
                         {2, 120, {{"loss", 3}, {"accuracy", 0.5}}},
                         {3, 1025, {{"loss", 2}}},
                         {4, 1030, {{"accuracy", 0.75}}}}};
  const auto all = curves(metrics);
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "loss");
  CHECK(points(all[0]) == Points{{1, 4, 10}, {2, 3, 20}, {3, 2, 25}});
  CHECK(all[1].name == "accuracy");
  CHECK(points(all[1]) == Points{{2, 0.5, 20}, {4, 0.75, 30}});
}

TEST_CASE("seconds count from the first record where no run has said when it began") {
  const Metrics metrics{{}, {{1, 110, {{"loss", 4}}}, {2, 115, {{"loss", 3}}}}};
  CHECK(points(curves(metrics).at(0)) == Points{{1, 4, 0}, {2, 3, 5}});
  CHECK(curves({}).empty());
}

TEST_CASE("records go through HDF5 tables and back, bit by bit") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "metrics.h5";
  const std::vector<MetricsRecord> records{{1, 100.25, {{"loss", std::nan("")}, {"a/b %", -0.0}}},
                                           {1, 101, {}},
                                           {2, 102, {{"a/b %", kInfinity}}},
                                           {9, 103, {{"loss", 0.1}, {"late", 1. / 3}}}};
  const std::vector<MetricsRun> runs{run_at(100, 0), run_at(102.5, 3)};
  write_metrics_tables(path, {runs, records});
  const Metrics read = read_metrics_tables(path);
  CHECK(same(read.records, records));
  REQUIRE(read.runs.size() == 2);
  CHECK(same(read.runs[0], runs[0]));
  CHECK(same(read.runs[1], runs[1]));
  write_metrics_tables(path, {});  // in place of what is there
  CHECK(read_metrics_tables(path).records.empty());
  CHECK(read_metrics_tables(path).runs.empty());
  CHECK(fails<InvalidArgument>(
            [&] {
              write_metrics_tables(path, {{}, {{1, 1, {{"x", 1}, {"x", 2}}}}});
            },
            {"twice", "x"}) == "");
  CHECK(fails<IoError>([&] { read_metrics_tables(directory.path() / "none.h5"); }, {"no file"}) ==
        "");
}

TEST_CASE("a damaged table, or another file, is no table of metrics") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "metrics.h5";
  write_metrics_tables(path, {{run_at(100, 0)}, {{1, 100.25, {{"loss", 0.5}}}}});
  std::string bytes = read_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(path, bytes);
  CHECK_THROWS_AS(read_metrics_tables(path), DataCorruption);
  const auto checkpoint = save_checkpoint(directory.path(), ones({2}), 1);
  CHECK(fails<DataCorruption>([&] { read_metrics_tables(checkpoint); },
                              {"holds no metrics", "checkpoint_1"}) == "");
}

}  // namespace linseed::test
