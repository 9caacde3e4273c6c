// Rows of the error function, its inverse, and of exp and log near 0 and 1.
#include <cmath>
#include <numbers>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

constexpr double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;

const Primitive kExpm1{
    .name = "expm1",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::exponential_minus_one>,
    .loop = kernels::exponential_minus_one,
    // Not y + 1, which has no correct digit where exp(x) is small.
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() * exp(b.input(0))}; },
    .in_place = true,
};

const Primitive kLog1p{
    .name = "log1p",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::logarithm_of_one_plus>,
    .loop = kernels::logarithm_of_one_plus,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() / (b.input(0) + 1)}; },
    .in_place = true,
};

const Primitive kErf{
    .name = "erf",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::error_function>,
    .loop = kernels::error_function,
    .derivative = [](const Backward& b) -> Tensors {
      return {b.cotangent() * exp(-square(b.input(0))) * kTwoOverRootPi};
    },
    .in_place = true,
};

const Primitive kErfInv{
    .name = "erf_inv",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::inverse_error_function>,
    .loop = kernels::inverse_error_function,
    .derivative = [](const Backward& b) -> Tensors {
      return {b.cotangent() * exp(square(b.output())) / kTwoOverRootPi};
    },
    .in_place = true,
};

}  // namespace

Rows special_rows() { return {&kExpm1, &kLog1p, &kErf, &kErfInv}; }

Tensor expm1(const Tensor& x) { return apply(kExpm1, {as_floating(x)}); }
Tensor log1p(const Tensor& x) { return apply(kLog1p, {as_floating(x)}); }
Tensor erf(const Tensor& x) { return apply(kErf, {as_floating(x)}); }
Tensor erf_inv(const Tensor& x) { return apply(kErfInv, {as_floating(x)}); }

}  // namespace linseed
