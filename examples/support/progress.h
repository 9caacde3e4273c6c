// How far a training run is: one line that is rewritten on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

namespace example {

/// True if `file` is a terminal that can rewrite a line.
bool is_terminal(std::FILE* file);

struct ProgressOptions {
  using Clock = std::chrono::steady_clock;

  std::int64_t epochs = 1;
  std::int64_t steps_per_epoch = 1;
  std::int64_t batch_size = 1;  // images in a step
  std::FILE* out = stdout;
  bool rewrite = is_terminal(out);
  std::chrono::milliseconds interval =  // between two lines, at least
      rewrite ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
  std::function<Clock::time_point()> now = Clock::now;
};

/// Shows "epoch 1/3  step 120/468  loss 0.4321  1520 images/s  1:48 left". Where lines cannot be
/// rewritten, the last step of an epoch is always shown.
///
///     Progress progress({.epochs = 3, .steps_per_epoch = 468, .batch_size = 128});
///     progress.begin_epoch(0);
///     …progress.step(loss)… for each step
///     progress.end_epoch();
class Progress {
 public:
  explicit Progress(ProgressOptions options);
  /// Leaves the cursor at the beginning of an empty line, also when an exception passes.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The clock runs from here to `end_epoch`; `first_step` steps were done in an earlier run.
  void begin_epoch(std::int64_t epoch, std::int64_t first_step = 0);
  /// Counts one step done.
  void step(double loss);
  /// Also when the epoch was broken off.
  void end_epoch();

  /// Prints a line for good, above the line that is rewritten.
  void print(std::string_view line);

  /// Steps counted so far, over all epochs.
  std::int64_t steps_done() const { return steps_done_; }

  /// Images that training took in a second, counting begun epochs only and not what lies between.
  double images_per_second() const;

 private:
  using Seconds = std::chrono::duration<double>;

  Seconds training_time() const;
  std::string text() const;
  void show(ProgressOptions::Clock::time_point now);
  void clear();

  ProgressOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t step_ = 0;        // done in this epoch
  std::int64_t steps_done_ = 0;  // in this run
  double loss_ = 0;
  bool in_epoch_ = false;
  bool line_is_open_ = false;  // something stands in the line that is rewritten
  ProgressOptions::Clock::time_point epoch_began_;
  ProgressOptions::Clock::time_point shown_;
  Seconds earlier_epochs_{0};
};

}  // namespace example
