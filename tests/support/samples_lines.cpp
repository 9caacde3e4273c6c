// Samples of what works along an axis, line by line.
#include <linseed/framework/ops/cumulative.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/sorting.h>
#include <linseed/tests/support/samples_internal.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

}  // namespace

void add_line_samples(SampleTable& table) {
  for (const int axis : {0, 1, -1}) {
    for (const bool reverse : {false, true}) {
      table["cumsum"].push_back(
          {fmt::format("axis {}{}", axis, reverse ? ", reverse" : ""),
           [=](const Inputs& x) { return cumsum(square(x[0]), axis, reverse); },
           {spread_values({2, 3, 2}, -2, 2)}});
    }
  }
  table["cumsum"].front().empty_inputs = {nothing({0, 3, 2})};
  table["argsort"] = {{"axis 1",
                       [](const Inputs& x) { return argsort(x[0], 1); },
                       {spread_values({2, 3}, -2, 2)},
                       Differences::no_floating_way,
                       {nothing({0, 3})}}};
}

}  // namespace linseed::test
