// One or more samples of each primitive: where the table of rows is tested.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/tests/support/gradient_check.h>

namespace linseed::test {

/// What differences can say about a sample.
enum class Differences {
  apply,            // they equal the derivative
  none_by_meaning,  // the derivative is zero by definition (stop_gradient)
  no_floating_way,  // the result is not floating: no cotangent can reach the primitive
};

/// A use of a primitive: `build` puts it into a graph over float64 inputs, away from its kinks.
struct Sample {
  std::string about;
  TensorFunction build;
  std::vector<Tensor> inputs;
  Differences differences = Differences::apply;
  /// float64 inputs without elements that `build` takes too; none if that means nothing.
  std::vector<Tensor> empty_inputs = {};
};

/// The samples of the primitive called `name`; none if it has been forgotten.
std::vector<Sample> samples_of(std::string_view name);

/// Fixed numbers in [low, high), no two closer than a step of differences, in no order.
Tensor spread_values(const Shape& shape, double low, double high, unsigned seed = 1);

}  // namespace linseed::test
