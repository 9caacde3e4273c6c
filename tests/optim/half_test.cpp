// Update rules on parameters of half precision.
#include <catch2/catch.hpp>

#include <linseed/optim/adagrad.h>
#include <linseed/optim/adam.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;

namespace {

/// The parameters after one step in float32, rounded, and after one step in `dtype`.
template <class R>
void check_step(const R& rule, DType dtype) {
  const Tensor params = astype(vector({1, -2, 0.5}), dtype);
  const Tensor gradient = astype(vector({0.25, 3, -0.001F}), dtype);
  const auto after = rule.create(params).apply_gradient(gradient);
  const auto wide = rule.create(astype(params, float32)).apply_gradient(astype(gradient, float32));
  CHECK(after.target.dtype() == dtype);
  CHECK(bits(after.target) == bits(astype(wide.target, dtype)));
}

}  // namespace

TEST_CASE("rules update halves in float32") {
  for (const DType dtype : {bfloat16, float16}) {
    INFO(name(dtype));
    check_step(optim::Momentum{.learning_rate = 0.1F}, dtype);
    // In bfloat16 Adam's β₂ = 0.999 would be 1, and its correction a division by 0.
    check_step(optim::Adam{.learning_rate = 0.1F}, dtype);
    // In float16 ε = 1e-8 would be 0.
    check_step(optim::Adagrad{.learning_rate = 0.1F}, dtype);
    check_step(optim::Momentum{.learning_rate = Tensor(0.1F)}, dtype);
  }
}
