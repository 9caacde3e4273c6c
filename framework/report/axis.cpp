#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <linseed/framework/report/axis_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

/// 1, 2 or 5 times a power of ten: the least that is not less than `step`.
double round_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step)));
  for (const double factor : {1., 2., 5.}) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;  // 0.2 may be 0.2 + 3e-17
  }
  return 10 * power;
}

/// The multiple `value` of `step`: with as many decimals as the step has, thousands as "10k", and
/// very large or small ones with a power of ten.
std::string tick_text(double value, double step, double greatest) {
  if (std::abs(value) < step / 2) return "0";
  if (greatest >= 1e9 || step < 1e-5) return number(value);
  const auto [unit, suffix] = greatest >= 1e6   ? std::pair(1e6, "M")
                              : greatest >= 1e4 ? std::pair(1e3, "k")
                                                : std::pair(1., "");
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step / unit) + 1e-9)));
  const std::string text = fmt::format("{:.{}f}{}", std::abs(value) / unit, decimals, suffix);
  return value < 0 ? "\u2212" + text : text;
}

}  // namespace

Axis::Axis(double low, double high, Scale scale) : low_(low), high_(high), scale_(scale) {
  const double size = std::max(std::abs(low), std::abs(high));
  if (high / 2 - low / 2 > 1e-9 * size && size > 1e-300) return;
  low_ = scale == Scale::logarithmic ? low / 2 : low - (size > 1e-300 ? size / 2 : 0.5);
  high_ = scale == Scale::logarithmic ? high * 2 : high + (size > 1e-300 ? size / 2 : 0.5);
}

Axis Axis::padded(double space) const {
  if (is_logarithmic()) {
    const double factor = std::pow(high_ / low_, space);
    return {low_ / factor, high_ * factor, scale_};
  }
  const double more = (high_ - low_) * space;
  return {low_ - more, high_ + more, scale_};
}

double Axis::place(double value) const {
  if (is_logarithmic()) return std::log(value / low_) / std::log(high_ / low_);
  return (value - low_) / (high_ - low_);
}

std::vector<Tick> Axis::ticks(int wanted) const {
  return is_logarithmic() ? logarithmic_ticks(wanted) : linear_ticks(wanted);
}

std::vector<Tick> Axis::linear_ticks(int wanted) const {
  const double step = round_step((high_ - low_) / wanted);
  const double first = std::ceil(low_ / step - 1e-9);
  const double last = std::floor(high_ / step + 1e-9);
  const double greatest = std::max(std::abs(first), std::abs(last)) * step;
  std::vector<Tick> ticks;
  for (int i = 0; i <= last - first; ++i) {
    const double value = (first + i) * step;
    ticks.push_back({value, tick_text(value, step, greatest)});
  }
  return ticks;
}

std::vector<Tick> Axis::logarithmic_ticks(int wanted) const {
  const int first = static_cast<int>(std::floor(std::log10(low_)));
  const int last = static_cast<int>(std::ceil(std::log10(high_)));
  const int decades = last - first;
  const int stride = (decades + wanted - 1) / wanted;
  std::vector<Tick> ticks;
  const auto add = [&](double value) {
    if (value >= low_ * (1 - 1e-9) && value <= high_ * (1 + 1e-9)) {
      ticks.push_back({value, number(value)});
    }
  };
  for (int exponent = first; exponent <= last; exponent += stride) add(std::pow(10, exponent));
  if (ticks.size() >= 3) return ticks;
  ticks.clear();
  for (int exponent = first; exponent <= last; ++exponent) {
    for (const double factor : {1., 2., 5.}) add(factor * std::pow(10, exponent));
  }
  if (ticks.size() >= 2) return ticks;
  return linear_ticks(wanted);
}

}  // namespace linseed::page
