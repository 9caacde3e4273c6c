// Small charts of how values are spread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace linseed::page {

/// A <figure>: `values` counted in bins between the least and the greatest, which it names, with a
/// line at 0 if that is between them. Values that are not finite are counted apart, in words.
std::string histogram_chart(std::string_view title, std::span<const double> values);

}  // namespace linseed::page
