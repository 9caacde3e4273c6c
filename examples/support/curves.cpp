#include "support/curves.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

namespace example {
namespace {

constexpr float kLongest = 30;
constexpr std::size_t kLines = 10;

std::string bar(float value, float greatest) {
  const float length = greatest > 0 ? std::clamp(value / greatest, 0.f, 1.f) * kLongest : 0.f;
  return std::string(static_cast<std::size_t>(length + 0.5f), '#');
}

}  // namespace

float mean_of(const Curve& curve, std::size_t step, std::size_t count) {
  if (count == 0 || step + count > curve.values.size()) {
    throw linseed::InvalidArgument("mean_of: {} has {} steps, not {} from step {}", curve.name,
                                   curve.values.size(), count, step);
  }
  const auto begin = curve.values.begin() + static_cast<std::ptrdiff_t>(step);
  const float sum = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.f);
  return sum / static_cast<float>(count);
}

std::string draw_curves(const std::vector<Curve>& curves) {
  if (curves.empty()) return {};
  const std::size_t steps = curves.front().values.size();
  const std::size_t count = std::max<std::size_t>(1, steps / kLines);
  std::string text = " step";
  float greatest = 0;
  for (const Curve& curve : curves) {
    text += fmt::format("   {:<37}", curve.name);
    if (curve.values.size() != steps) {
      throw linseed::InvalidArgument("draw_curves: {} has {} steps, {} has {}", curve.name,
                                     curve.values.size(), curves.front().name, steps);
    }
    for (std::size_t i = 0; i + count <= steps; i += count) {
      greatest = std::max(greatest, mean_of(curve, i, count));
    }
  }
  for (std::size_t i = 0; i + count <= steps; i += count) {
    text += fmt::format("\n{:>5}", i + count);
    for (const Curve& curve : curves) {
      const float mean = mean_of(curve, i, count);
      text += fmt::format("   {:<37}", fmt::format("{} {:.2f}", bar(mean, greatest), mean));
    }
    text.erase(text.find_last_not_of(' ') + 1);
  }
  return text + '\n';
}

}  // namespace example
