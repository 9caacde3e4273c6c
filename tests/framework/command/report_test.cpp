// `linseed report`: where the page is written, and what else than the page there is to it.
#include <fstream>
#include <iterator>

#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("report writes a page into the run, or where it is told to") {
  const TemporaryDirectory directory;
  const std::string run = directory.path().string();
  save_checkpoint(run, Run{}.tree(), 1000);
  const Outcome outcome = linseed({"report", run});
  CHECK(outcome.exit == command::kYes);
  CHECK(outcome.out == run + "/report.html\n");
  const std::string page = read(run + "/report.html");
  CHECK(missing_words(page, {"<!DOCTYPE html>", "checkpoint_1000", "/block/BatchNorm_1"}) == "");
  CHECK(page.find("id=\"health\"") == std::string::npos);  // it is healthy
  CHECK(linseed({"report", run, "--output", run + "/there/page.html"}).exit == command::kYes);
  CHECK(read(run + "/there/page.html") == page);
}

TEST_CASE("report lists what inspect finds in the checkpoint it is asked about") {
  const TemporaryDirectory directory;
  const std::string run = directory.path().string();
  Run broken;
  broken.var = floats({1, -1, 1, 1});
  save_checkpoint(run, broken.tree(), 1000, {.keep = 2});
  save_checkpoint(run, Run{.step = 1001}.tree(), 1001, {.keep = 2});
  CHECK(linseed({"report", run, "--checkpoint", "1000"}).exit == command::kYes);
  const std::string page = read(run + "/report.html");
  CHECK(missing_words(page, {"checkpoint_1000", "id=\"health\"", "channel 1 of 4", "Cause:"}) ==
        "");
  CHECK(linseed({"report", run}).exit == command::kYes);
  CHECK(read(run + "/report.html").find("id=\"health\"") == std::string::npos);
}

TEST_CASE("report takes checkpoints of another name, and another momentum") {
  const TemporaryDirectory directory;
  const std::string run = directory.path().string();
  const Run early{.var = floats({1.5F, 0.9F, 0.7F, 3.F}), .step = 30};
  save_checkpoint(run, early.tree(), 30, {.prefix = "best_"});
  CHECK(linseed({"report", run}).exit == command::kFailed);
  CHECK(linseed({"report", run, "--prefix", "best_"}).exit == command::kYes);
  CHECK(missing_words(read(run + "/report.html"), {"too few updates"}) == "");
  CHECK(linseed({"report", run, "--prefix", "best_", "--momentum", "0.9"}).exit == command::kYes);
  CHECK(read(run + "/report.html").find("id=\"health\"") == std::string::npos);
}

TEST_CASE("report says what is missing") {
  const TemporaryDirectory directory;
  const std::string run = directory.path().string();
  const Outcome empty = linseed({"report", run});
  CHECK(empty.exit == command::kFailed);
  CHECK(missing_words(empty.err, {"nothing to report", "metrics.jsonl"}) == "");
  save_checkpoint(run, Run{}.tree(), 1000);
  const Outcome step = linseed({"report", run, "--checkpoint", "7"});
  CHECK(step.exit == command::kFailed);
  CHECK(missing_words(step.err, {"step 7"}) == "");
  const Outcome data = linseed({"report", run, "--data", run});
  CHECK(data.exit == command::kFailed);
  CHECK(missing_words(data.err, {"no function \"predict\""}) == "");
}

}  // namespace linseed::test
