#include <algorithm>
#include <cmath>
#include <limits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/histogram_internal.h>

namespace linseed {

std::vector<Bin> histogram_of(std::span<const double> values, int bins) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (bins < 1) throw InvalidArgument("histogram: {} bins; at least 1 is needed", bins);
  const auto broken = std::count_if(values.begin(), values.end(),
                                    [](double value) { return !std::isfinite(value); });
  if (broken > 0) {
    throw InvalidArgument("histogram: {} of {} values are not finite", broken, values.size());
  }
  double low = 0;
  double high = 1;
  if (!values.empty()) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low = *least;
    high = *most;
    if (low == high) {  // beyond 2^52, a half is too little
      low = std::min(low - 0.5, std::nextafter(low, -kMost));
      high = std::max(high + 0.5, std::nextafter(high, kMost));
    }
  }
  // Halves, since high − low may be beyond double.
  const auto edge = [&](int i) {
    const double at = static_cast<double>(i) / bins;
    return i == bins ? high : low * (1 - at) + high * at;
  };
  std::vector<Bin> result;
  for (int i = 0; i < bins; ++i) result.push_back({edge(i), edge(i + 1), 0});
  for (const double value : values) {
    const double at = (value / 2 - low / 2) / (high / 2 - low / 2) * bins;
    auto i = static_cast<std::size_t>(std::clamp(at, 0., bins - 1.));
    // A quotient that was rounded past an edge is set right by the edges themselves.
    if (i > 0 && value < result[i].low) --i;
    if (i + 1 < result.size() && value >= result[i].high) ++i;
    ++result[i].count;
  }
  return result;
}

}  // namespace linseed
