// Counting values in bins.
#pragma once

#include <span>
#include <vector>

namespace linseed {

struct Bin {
  double low;
  double high;
  double count;
};

/// As numpy.histogram: `bins` equal parts of [min, max], each without its upper end but the last;
/// ±½ around a single value, [0, 1] for none. InvalidArgument for a value that is not finite, or
/// `bins` < 1.
std::vector<Bin> histogram_of(std::span<const double> values, int bins);

}  // namespace linseed
