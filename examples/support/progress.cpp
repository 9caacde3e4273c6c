#include "support/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace example {
namespace {

/// "0:43", "1:02:03".
std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::min(seconds, 1e9)));
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, rest);
  return fmt::format("{}:{:02}", minutes, rest);
}

/// Columns of a terminal; a longer line would wrap, and could not be rewritten as a whole.
std::size_t columns(std::FILE* file) {
  winsize size{};
  if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

bool is_terminal(std::FILE* file) {
  const char* kind = std::getenv("TERM");
  return isatty(fileno(file)) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

Progress::Progress(ProgressOptions options) : options_(std::move(options)) {
  shown_ = options_.now();
}

Progress::~Progress() { clear(); }

void Progress::begin_epoch(std::int64_t epoch, std::int64_t first_step) {
  epoch_ = epoch;
  step_ = first_step;
  epoch_began_ = options_.now();
  in_epoch_ = true;
}

void Progress::step(double loss) {
  ++step_;
  ++steps_done_;
  loss_ = loss;
  const auto now = options_.now();
  const bool is_last = step_ == options_.steps_per_epoch;
  if (is_last || now - shown_ >= options_.interval) show(now);
}

void Progress::end_epoch() {
  if (!in_epoch_) return;
  earlier_epochs_ += options_.now() - epoch_began_;
  in_epoch_ = false;
  clear();
}

void Progress::print(std::string_view line) {
  clear();
  fmt::print(options_.out, "{}\n", line);
  std::fflush(options_.out);
}

Progress::Seconds Progress::training_time() const {
  if (!in_epoch_) return earlier_epochs_;
  const Seconds this_epoch = options_.now() - epoch_began_;
  return earlier_epochs_ + this_epoch;
}

double Progress::images_per_second() const {
  const double seconds = training_time().count();
  const auto images = static_cast<double>(steps_done_ * options_.batch_size);
  return seconds > 0 ? images / seconds : 0;
}

std::string Progress::text() const {
  const double rate = images_per_second();
  std::string text =
      fmt::format("epoch {}/{}  step {}/{}  loss {:.4f}  {:.0f} images/s", epoch_ + 1,
                  options_.epochs, step_, options_.steps_per_epoch, loss_, rate);
  if (rate > 0) {
    const std::int64_t steps_left = (options_.epochs - epoch_) * options_.steps_per_epoch - step_;
    const auto images_left = static_cast<double>(steps_left * options_.batch_size);
    text += fmt::format("  {} left", clock_text(images_left / rate));
  }
  return text;
}

void Progress::show(ProgressOptions::Clock::time_point now) {
  shown_ = now;
  if (!options_.rewrite) return print(text());
  constexpr const char* kEraseToEnd = "\x1b[K";
  fmt::print(options_.out, "\r{}{}", text().substr(0, columns(options_.out) - 1), kEraseToEnd);
  std::fflush(options_.out);
  line_is_open_ = true;
}

void Progress::clear() {
  if (!line_is_open_) return;
  std::fputs("\r\x1b[K", options_.out);
  std::fflush(options_.out);
  line_is_open_ = false;
}

}  // namespace example
