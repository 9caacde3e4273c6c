#include <algorithm>

#include <linseed/framework/report/smooth_internal.h>

namespace linseed::page {
namespace {

constexpr std::size_t kSteepPart = 8;  // of the reach: so much may be ahead at the beginning

/// Sums of runs of points, from nothing but those points: of a difference of sums from the
/// beginning, small values behind large ones would leave nothing. Points lie in blocks of `block`.
class Sums {
 public:
  Sums(const std::vector<Point>& points, std::size_t block) : block_(block) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      to_here_.push_back((i % block == 0 ? 0 : to_here_.back()) + points[i].y);
    }
    from_here_.resize(points.size());
    for (std::size_t i = points.size(); i-- > 0;) {
      const bool ends_block = i + 1 == points.size() || (i + 1) % block == 0;
      from_here_[i] = points[i].y + (ends_block ? 0 : from_here_[i + 1]);
    }
  }

  /// Of [first, end), which has no more than `block` points, and begins or ends a block or lies in
  /// two.
  double operator()(std::size_t first, std::size_t end) const {
    if (first % block_ == 0) return to_here_[end - 1];
    const bool is_in_one = first / block_ == (end - 1) / block_;
    return from_here_[first] + (is_in_one ? 0 : to_here_[end - 1]);
  }

 private:
  std::size_t block_;
  std::vector<double> to_here_;    // from the beginning of the block
  std::vector<double> from_here_;  // to its end
};

std::vector<Point> averaged(std::vector<Point> points, std::size_t reach) {
  const Sums sum(points, 2 * reach + 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t first = i - std::min(i, reach);
    const std::size_t ahead = std::min(reach, i + reach / kSteepPart);
    const std::size_t end = std::min(points.size(), i + ahead + 1);
    points[i].y = sum(first, end) / static_cast<double>(end - first);
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
