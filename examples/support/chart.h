// Charts: for a page of HTML, and as characters.
#pragma once

#include <string>
#include <vector>

namespace example {

/// A curve over the places of its chart, or, with `upper`, the band between two.
struct Series {
  std::string name;
  std::vector<double> values;
  std::vector<double> upper = {};
};

/// Curves over the same places.
struct Chart {
  std::string title;
  std::string x_name;
  std::vector<double> x = {};  // ascending; none: 1, 2, …
  std::vector<Series> series = {};
  bool logarithmic = false;    // the values: all above 0
  bool x_logarithmic = false;  // the places
};

// Both throw InvalidArgument if there is nothing to draw, if a series has not one value for each
// place, if values are not finite, or not above 0 where the scale is logarithmic.

/// The chart as an element of HTML, a picture of lines (SVG) with its title, scales and names.
std::string to_svg(const Chart& chart);

/// The chart as at most ten lines of text, every so many places: each series a bar, of 20
/// characters at most, and a number; a band two numbers.
std::string to_text(const Chart& chart);

}  // namespace example
