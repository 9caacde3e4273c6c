// The progress line, with a clock that the tests set.
#include <support/progress.h>

#include <memory>
#include <string>

#include <catch2/catch.hpp>

namespace example {
namespace {

using namespace std::chrono_literals;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A run of 2 epochs of 4 steps of 100 images, whose output is kept.
struct Run {
  std::unique_ptr<std::FILE, CloseFile> file{std::tmpfile()};
  ProgressOptions::Clock::time_point now{};
  ProgressOptions options;

  explicit Run(bool rewrite)
      : options{.epochs = 2,
                .steps_per_epoch = 4,
                .batch_size = 100,
                .out = file.get(),
                .rewrite = rewrite,
                .now = [this] { return now; }} {}

  std::string output() const {
    std::string text(static_cast<std::size_t>(std::ftell(file.get())), ' ');
    std::rewind(file.get());
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    std::fseek(file.get(), 0, SEEK_END);
    return text;
  }
};

}  // namespace

TEST_CASE("a file is no terminal, and gets lines far apart") {
  const Run run(false);
  CHECK_FALSE(is_terminal(run.file.get()));
  CHECK(run.options.interval == 10s);
  CHECK(Run(true).options.interval == 100ms);
}

TEST_CASE("plain lines come after the interval and at the end of an epoch") {
  Run run(false);
  Progress progress(run.options);
  progress.begin_epoch(0);
  run.now += 5s;
  progress.step(2.0);
  CHECK(run.output().empty());
  run.now += 5s;
  progress.step(1.5);
  run.now += 5s;
  progress.step(1.25);
  run.now += 5s;
  progress.step(1.0);
  progress.end_epoch();
  CHECK(run.output() ==
        "epoch 1/2  step 2/4  loss 1.5000  20 images/s  0:30 left\n"
        "epoch 1/2  step 4/4  loss 1.0000  20 images/s  0:20 left\n");
}

TEST_CASE("the line of a terminal is rewritten at most ten times a second, and cleared") {
  Run run(true);
  {
    Progress progress(run.options);
    progress.begin_epoch(0);
    for (int step = 0; step < 3; ++step) {
      run.now += 50ms;
      progress.step(0.5);
    }
    const std::string line = "\repoch 1/2  step 2/4  loss 0.5000  2000 images/s  0:00 left\x1b[K";
    CHECK(run.output() == line);
    progress.print("saved");
    CHECK(run.output() == line + "\r\x1b[Ksaved\n");
    run.now += 50ms;
    progress.step(0.25);
  }
  const std::string output = run.output();
  CHECK(output.find("step 4/4  loss 0.2500") != std::string::npos);
  CHECK(output.substr(output.size() - 4) == "\r\x1b[K");
}

TEST_CASE("a line is cut to the width of the terminal") {
  Run run(true);
  run.options.epochs = 1'000'000'000'000;
  run.options.steps_per_epoch = 1'000'000'000'000;
  Progress progress(run.options);
  progress.begin_epoch(999'999'999'999);
  run.now += 1s;
  progress.step(0.5);
  CHECK(run.output().size() == 1 + 79 + 3);  // no terminal to ask: 80 columns
}

TEST_CASE("images a second leave out what lies between epochs") {
  Run run(false);
  Progress progress(run.options);
  CHECK(progress.images_per_second() == 0);
  for (const int epoch : {0, 1}) {
    progress.begin_epoch(epoch);
    for (int step = 0; step < 4; ++step) {
      run.now += 1s;
      progress.step(0.5);
    }
    progress.end_epoch();
    run.now += 100s;
  }
  CHECK(progress.images_per_second() == Approx(100));
}

TEST_CASE("a run that goes on in mid-epoch counts its own images only") {
  Run run(false);
  Progress progress(run.options);
  progress.begin_epoch(1, 3);
  run.now += 2s;
  progress.step(0.5);
  progress.end_epoch();
  CHECK(run.output() == "epoch 2/2  step 4/4  loss 0.5000  50 images/s  0:00 left\n");
}

}  // namespace example
