// Rows of arithmetic and of functions of one number.
#include <linseed/framework/ops/elementwise.h>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

std::vector<TensorSpec> broadcast_of(Specs inputs, std::string_view who) {
  return {{broadcast_shapes(inputs[0].shape, inputs[1].shape, who), inputs[0].dtype}};
}

/// The cotangents of two broadcast operands, from those of their repeated forms.
Tensors to_operands(const Backward& b, const Tensor& first, const Tensor& second) {
  Tensors cotangents(2);
  if (b.needs(0)) cotangents[0] = sum_to(first, b.input(0).shape());
  if (b.needs(1)) cotangents[1] = sum_to(second, b.input(1).shape());
  return cotangents;
}

/// The cotangent of whichever of two operands was chosen, shared equally where they tie.
Tensors to_chosen(const Backward& b) {
  const Tensor& x = b.input(0);
  const Tensor& y = b.input(1);
  const Tensor half = b.cotangent() * 0.5;
  const auto share = [&](const Tensor& mine, const Tensor& other) {
    const Tensor chosen = where(equal(mine, b.output()), b.cotangent(), 0);
    return where(equal(mine, other), half, chosen);
  };
  return to_operands(b, share(x, y), share(y, x));
}

const Primitive kNegative{
    .name = "negative",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::negative>,
    .loop = kernels::negative,
    .derivative = [](const Backward& b) -> Tensors { return {-b.cotangent()}; },
    .in_place = true,
};

const Primitive kAbs{
    .name = "abs",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::absolute>,
    .loop = kernels::absolute,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() * sign(b.input(0))}; },
    .in_place = true,
};

const Primitive kSign{
    .name = "sign",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::sign>,
    .loop = kernels::sign,
    .derivative = [](const Backward& b) -> Tensors { return {zeros_like(b.input(0))}; },
    .in_place = true,
};

const Primitive kExp{
    .name = "exp",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::exponential>,
    .loop = kernels::exponential,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() * b.output()}; },
    .in_place = true,
};

const Primitive kLog{
    .name = "log",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::logarithm>,
    .loop = kernels::logarithm,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() / b.input(0)}; },
    .in_place = true,
};

const Primitive kSqrt{
    .name = "sqrt",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::square_root>,
    .loop = kernels::square_root,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() * 0.5 / b.output()}; },
    .in_place = true,
};

const Primitive kRsqrt{
    .name = "rsqrt",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::reciprocal_square_root>,
    .loop = kernels::reciprocal_square_root,
    .derivative = [](const Backward& b) -> Tensors {
      return {b.cotangent() * (b.output() / b.input(0)) * -0.5};
    },
    .in_place = true,
};

const Primitive kTanh{
    .name = "tanh",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::hyperbolic_tangent>,
    .loop = kernels::hyperbolic_tangent,
    .derivative = [](const Backward& b) -> Tensors {
      return {b.cotangent() * (1 - b.output() * b.output())};
    },
    .in_place = true,
};

const Primitive kSin{
    .name = "sin",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::sine>,
    .loop = kernels::sine,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent() * cos(b.input(0))}; },
    .in_place = true,
};

const Primitive kCos{
    .name = "cos",
    .type = same_as_input,
    .kernel = kernels::elementwise<kernels::cosine>,
    .loop = kernels::cosine,
    .derivative = [](const Backward& b) -> Tensors { return {-b.cotangent() * sin(b.input(0))}; },
    .in_place = true,
};

const Primitive kAdd{
    .name = "add",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "add"); },
    .kernel = kernels::elementwise<kernels::add>,
    .loop = kernels::add,
    .derivative = [](const Backward& b) { return to_operands(b, b.cotangent(), b.cotangent()); },
    .in_place = true,
};

const Primitive kSubtract{
    .name = "subtract",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "subtract"); },
    .kernel = kernels::elementwise<kernels::subtract>,
    .loop = kernels::subtract,
    .derivative = [](const Backward& b) { return to_operands(b, b.cotangent(), -b.cotangent()); },
    .in_place = true,
};

const Primitive kMultiply{
    .name = "multiply",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "multiply"); },
    .kernel = kernels::elementwise<kernels::multiply>,
    .loop = kernels::multiply,
    .derivative =
        [](const Backward& b) {
          return to_operands(b, b.cotangent() * b.input(1), b.cotangent() * b.input(0));
        },
    .in_place = true,
};

const Primitive kDivide{
    .name = "divide",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "divide"); },
    .kernel = kernels::elementwise<kernels::divide>,
    .loop = kernels::divide,
    .derivative =
        [](const Backward& b) {
          const Tensor first = b.cotangent() / b.input(1);
          return to_operands(b, first, -first * b.output());
        },
    .in_place = true,
};

const Primitive kFloorDivide{
    .name = "floor_divide",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "floor_divide"); },
    .kernel = kernels::elementwise<kernels::floor_divide>,
    .loop = kernels::floor_divide,
    .no_derivative = "the quotient's floor is piecewise constant",
    .in_place = true,
};

const Primitive kMaximum{
    .name = "maximum",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "maximum"); },
    .kernel = kernels::elementwise<kernels::maximum>,
    .loop = kernels::maximum,
    .derivative = to_chosen,
    .in_place = true,
};

const Primitive kMinimum{
    .name = "minimum",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "minimum"); },
    .kernel = kernels::elementwise<kernels::minimum>,
    .loop = kernels::minimum,
    .derivative = to_chosen,
    .in_place = true,
};

/// ∂base = ȳ·e·bᵉ⁻¹; ∂exponent = ȳ·bᵉ·log b, taken as 0 at b = 0, where bᵉ is flat for e > 0.
const Primitive kPower{
    .name = "pow",
    .type = [](Specs in, const Attributes&) { return broadcast_of(in, "pow"); },
    .kernel = kernels::elementwise<kernels::power>,
    .loop = kernels::power,
    .derivative =
        [](const Backward& b) {
          const Tensor& base = b.input(0);
          const Tensor& exponent = b.input(1);
          Tensor first, second;
          if (b.needs(0)) {
            const Tensor lower = where(equal(exponent, 0), 1, pow(base, exponent - 1));
            first = b.cotangent() * exponent * lower;
          }
          if (b.needs(1)) {
            const Tensor safe = where(equal(base, 0), 1, base);
            second = b.cotangent() * b.output() * log(safe);
          }
          return to_operands(b, first, second);
        },
    .in_place = true,
};

const Primitive kIdentity{
    .name = "identity",
    .type = same_as_input,
    .derivative = [](const Backward& b) -> Tensors { return {b.cotangent()}; },
    .shares_buffer = true,
};

const Primitive kStopGradient{
    .name = "stop_gradient",
    .type = same_as_input,
    .stops_derivatives = true,
    .shares_buffer = true,
};

/// For arithmetic, which knows no bool.
Tensor apply_to_numbers(const Primitive& primitive, const Operand& a, const Operand& b) {
  const auto [x, y] = meet(a, b);
  return apply(primitive, {as_number(x), as_number(y)});
}

}  // namespace

Tensor as_number(const Tensor& x) { return x.dtype() == bool_ ? astype(x, int32) : x; }
Tensor as_floating(const Tensor& x) { return is_floating(x.dtype()) ? x : astype(x, float32); }
Tensor in_reverse(const Tensor& x) { return is_floating(x.dtype()) ? -x : -x - 1; }

Rows elementwise_rows() {
  return {&kNegative,    &kAbs,     &kSign,    &kExp,   &kLog,      &kSqrt,        &kRsqrt,
          &kTanh,        &kSin,     &kCos,     &kAdd,   &kSubtract, &kMultiply,    &kDivide,
          &kFloorDivide, &kMaximum, &kMinimum, &kPower, &kIdentity, &kStopGradient};
}

Tensor add(const Operand& a, const Operand& b) { return apply_to_numbers(kAdd, a, b); }
Tensor subtract(const Operand& a, const Operand& b) { return apply_to_numbers(kSubtract, a, b); }
Tensor multiply(const Operand& a, const Operand& b) { return apply_to_numbers(kMultiply, a, b); }

Tensor divide(const Operand& a, const Operand& b) {
  const auto [x, y] = meet(a, b);
  return apply(kDivide, {as_floating(x), as_floating(y)});
}

Tensor floor_divide(const Operand& a, const Operand& b) {
  return apply_to_numbers(kFloorDivide, a, b);
}

Tensor maximum(const Operand& a, const Operand& b) {
  const auto [x, y] = meet(a, b);
  return apply(kMaximum, {x, y});
}

Tensor minimum(const Operand& a, const Operand& b) {
  const auto [x, y] = meet(a, b);
  return apply(kMinimum, {x, y});
}

Tensor clip(const Tensor& x, const Operand& low, const Operand& high) {
  return minimum(maximum(x, low), high);
}

Tensor pow(const Operand& base, const Operand& exponent) {
  return apply_to_numbers(kPower, base, exponent);
}

Tensor negative(const Tensor& x) { return apply(kNegative, {as_number(x)}); }
Tensor abs(const Tensor& x) { return apply(kAbs, {as_number(x)}); }
Tensor sign(const Tensor& x) { return apply(kSign, {as_number(x)}); }
Tensor exp(const Tensor& x) { return apply(kExp, {as_floating(x)}); }
Tensor log(const Tensor& x) { return apply(kLog, {as_floating(x)}); }
Tensor sqrt(const Tensor& x) { return apply(kSqrt, {as_floating(x)}); }
Tensor rsqrt(const Tensor& x) { return apply(kRsqrt, {as_floating(x)}); }
Tensor tanh(const Tensor& x) { return apply(kTanh, {as_floating(x)}); }
Tensor sin(const Tensor& x) { return apply(kSin, {as_floating(x)}); }
Tensor cos(const Tensor& x) { return apply(kCos, {as_floating(x)}); }
Tensor tan(const Tensor& x) { return sin(x) / cos(x); }
Tensor square(const Tensor& x) { return x * x; }
Tensor stop_gradient(const Tensor& x) { return apply(kStopGradient, {x}); }
Tensor identity(const Tensor& x) { return apply(kIdentity, {x}); }

}  // namespace linseed
