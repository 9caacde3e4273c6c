// Rows of rounding to whole numbers.
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

/// Steps are flat: zero wherever there is a derivative, and by convention at the steps too.
Tensors flat(const Backward& b) { return {zeros_like(b.input(0))}; }

const Primitive kFloor{
    .name = "floor",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::floor>,
    .loop = kernels::floor,
    .derivative = flat,
    .in_place = true,
};

const Primitive kRound{
    .name = "round",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::round>,
    .loop = kernels::round,
    .derivative = flat,
    .in_place = true,
};

}  // namespace

Rows rounding_rows() { return {&kFloor, &kRound}; }

Tensor floor(const Tensor& x) { return is_floating(x.dtype()) ? apply(kFloor, {x}) : x; }
Tensor round(const Tensor& x) { return is_floating(x.dtype()) ? apply(kRound, {x}) : x; }
Tensor ceil(const Tensor& x) { return is_floating(x.dtype()) ? -floor(-x) : x; }

}  // namespace linseed
