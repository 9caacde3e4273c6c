// Samples of the error function and its kin, and of rounding.
#include <linseed/framework/ops/elementwise.h>
#include <linseed/tests/support/samples_internal.h>

namespace linseed::test {

void add_special_samples(SampleTable& table) {
  table["expm1"] = unary(expm1, -2, 2);
  table["log1p"] = unary(log1p, -0.5, 2);
  table["erf"] = unary(erf, -2, 2);
  // Between the steps, which lie at whole numbers and at halves.
  table["floor"] = unary(floor, 1.1, 1.9);
  table["floor"].push_back({"beside a product",
                            [](const std::vector<Tensor>& x) { return floor(x[0]) * x[0]; },
                            {spread_values({4}, -1.9, -1.1)}});
  table["round"] = unary(round, 0.6, 1.4);
  table["round"].push_back({"beside a product",
                            [](const std::vector<Tensor>& x) { return round(x[0]) * x[0]; },
                            {spread_values({4}, -1.4, -0.6)}});
}

}  // namespace linseed::test
