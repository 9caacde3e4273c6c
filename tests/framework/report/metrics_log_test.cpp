// The log of a run: its lines, and going on.
#include <linseed/framework/report/metrics_log.h>

#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include <linseed/framework/kernels/instruction_set.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::int64_t> steps(const std::filesystem::path& path) {
  std::vector<std::int64_t> all;
  for (const MetricsRecord& record : read_metrics(path).records) all.push_back(record.step);
  return all;
}

/// While one is open, files of this process end at `bytes`, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("each record is a line of JSON with step, time and values in their order") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "runs" / "metrics.jsonl";
  MetricsLog log(path);
  CHECK_FALSE(log.last_step());
  log.append(1, {{"loss", 0.1}, {"accuracy", Tensor(0.5f)}});
  log.append(1, {{"test/loss", 3}});
  CHECK(log.last_step() == 1);
  std::ifstream file(path);
  std::string run, first, second;
  std::getline(file, run);
  std::getline(file, first);
  std::getline(file, second);
  const auto json = nlohmann::ordered_json::parse(first);
  CHECK(json.size() == 4);
  CHECK(json.begin().key() == "step");
  CHECK(json["step"] == 1);
  CHECK(json["time"] > 1.7e9);
  CHECK(json["loss"] == 0.1);
  CHECK(json["accuracy"] == 0.5);
  CHECK(nlohmann::json::parse(second)["test/loss"] == 3);
}

TEST_CASE("all numbers come back as they were, NaN and infinity too") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  const std::vector<double> numbers{
      0.1, -0.0, 1. / 3, 1e-310, 1.7976931348623157e308, kInfinity, -kInfinity, std::nan("")};
  MetricsLog log(path);
  for (const double number : numbers) log.append(0, {{"x", number}});
  const auto records = read_metrics(path).records;
  REQUIRE(records.size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CHECK(std::bit_cast<std::uint64_t>(records[i].values[0].second) ==
          std::bit_cast<std::uint64_t>(numbers[i]));
  }
  // Any reader of JSON takes the lines.
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) CHECK(nlohmann::json::accept(line));
}

TEST_CASE("a line is in the file as soon as it is appended") {
  const TemporaryDirectory directory;
  MetricsLog log(directory.path() / "m.jsonl");
  log.append(1, {{"loss", 1}});
  CHECK(steps(log.path()) == std::vector<std::int64_t>{1});
}

TEST_CASE("a run that goes on at a step drops the lines that are later") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  {
    MetricsLog log(path);
    for (const int step : {10, 20, 20, 30, 40}) log.append(step, {{"loss", step}});
  }
  {
    MetricsLog log(path, {.restored_step = 20});
    CHECK(log.last_step() == 20);
    CHECK(steps(path) == std::vector<std::int64_t>{10, 20, 20});
    log.append(30, {{"loss", 0.5}});
    CHECK(steps(path) == std::vector<std::int64_t>{10, 20, 20, 30});
  }
  CHECK(MetricsLog(path).last_step() == 30);  // no step: all stays
  CHECK_FALSE(MetricsLog(path, {.restored_step = 0}).last_step());
  CHECK(steps(path).empty());
}

TEST_CASE("a torn last line is left out, and cut when the log goes on") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  const std::vector<std::string> torn_lines{R"({"step":3,"ti)", R"({"step":3,"time":1,"loss":2})",
                                            std::string(3, '\0'), "{\"step\":3,\n"};
  for (const std::string& torn : torn_lines) {
    write_file(path, "{\"step\":1,\"time\":1.5,\"loss\":2}\n" + torn);
    CHECK(steps(path) == std::vector<std::int64_t>{1});
    MetricsLog(path).append(2, {{"loss", 1}});
    CHECK(steps(path) == std::vector<std::int64_t>{1, 2});
  }
}

TEST_CASE("a file that is no log is refused, and left as it is") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "config.json";
  for (const std::string other : {"{\"batch\": 128}", "{\"batch\": 128}\n", "notes", "\n"}) {
    INFO(other);
    write_file(path, other);
    CHECK(fails<DataCorruption>([&] { MetricsLog log(path); }, {"config.json", "no log"}) == "");
    CHECK(fails<DataCorruption>([&] { read_metrics(path); }, {"no log"}) == "");
    CHECK(read_file(path) == other);
  }
  for (const std::string& begun :
       {std::string(), std::string("{\"ru"), std::string(9, '\0'), std::string("{\"step\":1,\n")}) {
    write_file(path, begun);
    CHECK(steps(path).empty());
    MetricsLog(path).append(2, {{"loss", 1}});
    CHECK(steps(path) == std::vector<std::int64_t>{2});
  }
}

TEST_CASE("steps that go back are no log of one run") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  write_file(path, "{\"step\":9,\"time\":1}\n{\"step\":5,\"time\":2}\n");
  CHECK(fails<DataCorruption>([&] { read_metrics(path); }, {"line 2", "step 5, after step 9"}) ==
        "");
}

TEST_CASE("a broken line that is not the last is refused with its number") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  const std::string good = "{\"step\":1,\"time\":1,\"loss\":2}\n";
  for (const std::string bad :
       {"{\"step\":1,\n", "[]\n", "{\"time\":1}\n", "{\"step\":1}\n", "{\"step\":1.5,\"time\":1}\n",
        "{\"step\":1,\"time\":1,\"loss\":\"low\"}\n", "{\"run\":{\"time\":1}}\n"}) {
    write_file(path, good + bad + good);
    CHECK(fails<DataCorruption>([&] { read_metrics(path); }, {"line 2", "m.jsonl"}) == "");
    CHECK(fails<DataCorruption>([&] { MetricsLog log(path); }, {"line 2"}) == "");
    CHECK(read_file(path) == good + bad + good);
  }
}

TEST_CASE(
    "a log begins with what was set and what computes, and each run that goes on adds its own") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  MetricsLog(path, {.config = "{\"rate\": 0.1,\n \"widths\": [32, 64]}"}).append(1, {{"loss", 1}});
  MetricsLog(path, {.config = R"({"rate":0.05})", .restored_step = 1}).append(2, {{"loss", 2}});
  const Metrics metrics = read_metrics(path);
  REQUIRE(metrics.runs.size() == 2);
  const MetricsRun& run = metrics.runs[0];
  CHECK(run.config == R"({"rate":0.1,"widths":[32,64]})");
  CHECK(run.time <= metrics.records[0].time);
  CHECK(std::count(run.version.begin(), run.version.end(), '.') == 2);
  CHECK(run.compiler.find("++ ") != std::string::npos);
  CHECK_FALSE(run.cpu.empty());
  CHECK(run.instruction_set == kernels::name(kernels::instruction_set()));
  CHECK(run.threads == num_threads());
  CHECK(metrics.runs[1].config == R"({"rate":0.05})");
  CHECK(metrics.runs[0].first_record == 0);
  CHECK(metrics.runs[1].first_record == 1);
}

TEST_CASE("a run that leaves no record is dropped by the next one") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  const auto configs = [&] {
    std::string all;
    for (const MetricsRun& run : read_metrics(path).runs) all += run.config;
    return all;
  };
  { MetricsLog log(path, {.config = R"({"n":1})"}); }
  CHECK(configs() == R"({"n":1})");
  MetricsLog(path, {.config = R"({"n":2})"}).append(10, {});
  MetricsLog(path, {.config = R"({"n":3})", .restored_step = 10}).append(20, {});
  CHECK(configs() == R"({"n":2}{"n":3})");
  MetricsLog(path, {.config = R"({"n":4})", .restored_step = 10}).append(20, {});
  CHECK(configs() == R"({"n":2}{"n":4})");
}

TEST_CASE("a config that is no JSON object is refused, and the file left alone") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  for (const char* config : {"rate=0.1", "[1]", "{\"rate\":}"}) {
    CHECK(fails<InvalidArgument>([&] { MetricsLog log(path, {.config = config}); },
                                 {"JSON object", config}) == "");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a config that is nested too deep to be shown is refused") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  CHECK(fails<InvalidArgument>([&] { MetricsLog(path, {.config = "{\"a\":" + deep + "}"}); },
                               {"deeper than 8"}) == "");
}

TEST_CASE("two logs cannot write to one file, but it can be read meanwhile") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "m.jsonl";
  {
    MetricsLog log(path);
    log.append(1, {{"loss", 1}});
    CHECK(fails<IoError>([&] { MetricsLog second(path); }, {"m.jsonl", "already"}) == "");
    CHECK(steps(path) == std::vector<std::int64_t>{1});
    log.append(2, {{"loss", 1}});
  }
  CHECK(MetricsLog(path).last_step() == 2);
}

TEST_CASE("a log refuses steps that go back, and names that clash") {
  const TemporaryDirectory directory;
  MetricsLog log(directory.path() / "m.jsonl");
  log.append(5, {{"loss", 1}});
  CHECK(fails<InvalidArgument>(
            [&] {
              log.append(4, {{"loss", 1}});
            },
            {"step 4", "after step 5", "restored"}) == "");
  CHECK(fails<InvalidArgument>([&] { log.append(-1, {}); }, {"-1"}) == "");
  for (const char* name : {"step", "time", "", "loss"}) {
    CHECK(fails<InvalidArgument>(
              [&] {
                log.append(6, {{"loss", 1}, {name, 1}});
              },
              {"cannot be called"}) == "");
  }
  CHECK(fails<InvalidArgument>([&] { log.append(6, {{"\xff", 1}}); }, {"UTF-8"}) == "");
  CHECK(steps(log.path()) == std::vector<std::int64_t>{5});
}

TEST_CASE("a line that does not fit on the disk is cut off again, and the log goes on") {
  const TemporaryDirectory directory;
  MetricsLog log(directory.path() / "m.jsonl");
  log.append(1, {{"loss", 1}});
  const std::string whole = read_file(log.path());
  std::string message;
  {
    const FileSizeLimit limit(whole.size() + 10);
    message = message_of<IoError>([&] { log.append(2, {{"loss", 2}}); });
  }
  CHECK(missing_words(message, {"m.jsonl", "cannot be written", "too large"}) == "");
  CHECK(read_file(log.path()) == whole);
  CHECK(log.last_step() == 1);
  log.append(2, {{"loss", 3}});
  CHECK(steps(log.path()) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("a log that cannot be opened says so") {
  CHECK(fails<IoError>([] { MetricsLog log("/proc/no/metrics.jsonl"); }, {"cannot be opened"}) ==
        "");
  CHECK(fails<IoError>([] { read_metrics("/no/such/file"); }, {"/no/such/file"}) == "");
  CHECK(fails<IoError>([] { read_metrics("/tmp"); }, {"/tmp"}) == "");
}

}  // namespace linseed::test
