// Curves of many points: what is left of them when noise and repetition are taken away.
#pragma once

#include <cstddef>
#include <vector>

namespace linseed::page {

struct Point {
  double x = 0;
  double y = 0;

  bool operator==(const Point&) const = default;
};

/// Each y becomes the mean of those up to `reach` points before and behind it, twice over, which
/// weighs near ones more. Near the beginning, where curves are steep, few more are taken from
/// behind than there are before, so that the curve begins about where it did.
std::vector<Point> smoothed(const std::vector<Point>& points, std::size_t reach);

/// At most `most` points, an even number from 4 on, which fill the same area when drawn: the first
/// and the last, and of each of most / 2 − 1 runs between them the lowest and the highest.
std::vector<Point> thinned(const std::vector<Point>& points, std::size_t most);

}  // namespace linseed::page
