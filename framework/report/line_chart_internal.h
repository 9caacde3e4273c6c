// Curves over steps, as a figure of the page.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/report/axis_internal.h>
#include <linseed/framework/report/smooth_internal.h>

namespace linseed::page {

struct Line {
  std::string name;           // "test"; may be empty if there is only one
  std::vector<Point> points;  // all finite, in the order of x
  std::size_t left_out = 0;   // points that were not finite
  int colour = 0;             // number of one of the style's
};

struct LineChart {
  std::string title;
  std::vector<Line> lines;
};

/// Logarithmic where all values are positive and half of them would lie in the lowest tenth of the
/// linear axis. InvalidArgument if no line has a point.
Axis value_axis(const LineChart& chart);

/// A <figure>: the curves, each named with the value at its end. A noisy curve of many points is
/// drawn smoothed over its faint points, one of few points with a dot for each, whose <title> says
/// its value; a script may show more from the values in data-chart. It is as wide as there is room.
std::string to_html(const LineChart& chart);

}  // namespace linseed::page
