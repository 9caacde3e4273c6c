#include <algorithm>

#include <linseed/framework/report/smooth_internal.h>

namespace linseed::page {
namespace {

constexpr std::size_t kSteepPart = 8;  // of the reach: so much may be ahead at the beginning

std::vector<Point> averaged(std::vector<Point> points, std::size_t reach) {
  std::vector<double> sums{0};  // of all before
  for (const Point& point : points) sums.push_back(sums.back() + point.y);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t first = i - std::min(i, reach);
    const std::size_t ahead = std::min(reach, i + reach / kSteepPart);
    const std::size_t end = std::min(points.size(), i + ahead + 1);
    points[i].y = (sums[end] - sums[first]) / static_cast<double>(end - first);
  }
  return points;
}

}  // namespace

std::vector<Point> smoothed(const std::vector<Point>& points, std::size_t reach) {
  return averaged(averaged(points, reach), reach);
}

std::vector<Point> thinned(const std::vector<Point>& points, std::size_t most) {
  if (points.size() <= most) return points;
  std::vector<Point> kept{points.front()};
  const std::size_t runs = most / 2 - 1;
  const std::size_t inner = points.size() - 2;  // between the first and the last
  for (std::size_t run = 0; run < runs; ++run) {
    const auto first = points.begin() + 1 + static_cast<std::ptrdiff_t>(inner * run / runs);
    const auto end = points.begin() + 1 + static_cast<std::ptrdiff_t>(inner * (run + 1) / runs);
    auto [low, high] =
        std::minmax_element(first, end, [](const Point& a, const Point& b) { return a.y < b.y; });
    if (high < low) std::swap(low, high);
    kept.push_back(*low);
    if (high != low) kept.push_back(*high);
  }
  kept.push_back(points.back());
  return kept;
}

}  // namespace linseed::page
