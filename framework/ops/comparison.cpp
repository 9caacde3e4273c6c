// Rows of comparison, choice and conversion.
#include <cmath>
#include <limits>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/graph/wide_scope.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

constexpr std::string_view kStep = "a comparison is piecewise constant";

std::vector<TensorSpec> bool_of(Specs inputs, std::string_view who) {
  return {{broadcast_shapes(inputs[0].shape, inputs[1].shape, who), bool_}};
}

const Primitive kEqual{
    .name = "equal",
    .type = [](Specs in, const Attributes&) { return bool_of(in, "equal"); },
    .kernel = kernels::elementwise<kernels::equal>,
    .loop = kernels::equal,
    .no_derivative = kStep,
};

const Primitive kLess{
    .name = "less",
    .type = [](Specs in, const Attributes&) { return bool_of(in, "less"); },
    .kernel = kernels::elementwise<kernels::less>,
    .loop = kernels::less,
    .no_derivative = kStep,
};

const Primitive kLessEqual{
    .name = "less_equal",
    .type = [](Specs in, const Attributes&) { return bool_of(in, "less_equal"); },
    .kernel = kernels::elementwise<kernels::less_equal>,
    .loop = kernels::less_equal,
    .no_derivative = kStep,
};

const Primitive kWhere{
    .name = "where",
    .type = [](Specs in, const Attributes&) -> std::vector<TensorSpec> {
      const Shape branches = broadcast_shapes(in[1].shape, in[2].shape, "where");
      return {{broadcast_shapes(in[0].shape, branches, "where"), in[1].dtype}};
    },
    .kernel = kernels::elementwise<kernels::where>,
    .loop = kernels::where,
    .derivative = [](const Backward& b) -> Tensors {
      Tensors cotangents(3);
      const Tensor& condition = b.input(0);
      if (b.needs(1)) {
        cotangents[1] = sum_to(where(condition, b.cotangent(), 0), b.input(1).shape());
      }
      if (b.needs(2)) {
        cotangents[2] = sum_to(where(condition, 0, b.cotangent()), b.input(2).shape());
      }
      return cotangents;
    },
    .takes_halves = true,
    .in_place = true,
};

struct CastAttributes {
  DType dtype;

  static constexpr auto tree = fields<&CastAttributes::dtype>;
  bool operator==(const CastAttributes&) const = default;
};

const Primitive kCast{
    .name = "cast",
    .attributes = &attribute_text<CastAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{in[0].shape, a.as<CastAttributes>().dtype}};
    },
    .kernel = kernels::elementwise<kernels::cast>,
    .loop = kernels::cast,
    .derivative = [](const Backward& b) -> Tensors {
      const DType dtype = b.input(0).dtype();
      return {is_floating(dtype) ? astype(b.cotangent(), dtype) : Tensor()};
    },
    .takes_halves = true,
};

Tensor compare(const Primitive& primitive, const Operand& a, const Operand& b) {
  auto [x, y] = meet(a, b);
  return apply(primitive, {std::move(x), std::move(y)});
}

Tensor as_bool(const Tensor& x) { return astype(x, bool_); }

}  // namespace

Rows comparison_rows() { return {&kEqual, &kLess, &kLessEqual, &kWhere, &kCast}; }

Tensor equal(const Operand& a, const Operand& b) { return compare(kEqual, a, b); }
Tensor not_equal(const Operand& a, const Operand& b) { return logical_not(equal(a, b)); }
Tensor less(const Operand& a, const Operand& b) { return compare(kLess, a, b); }
Tensor less_equal(const Operand& a, const Operand& b) { return compare(kLessEqual, a, b); }

Tensor logical_and(const Tensor& a, const Tensor& b) { return minimum(as_bool(a), as_bool(b)); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return maximum(as_bool(a), as_bool(b)); }
Tensor logical_not(const Tensor& x) { return equal(as_bool(x), zeros({}, bool_)); }

Tensor where(const Tensor& condition, const Operand& a, const Operand& b) {
  auto [x, y] = meet(a, b);
  return apply(kWhere, {as_bool(condition), std::move(x), std::move(y)});
}

Tensor astype(const Tensor& x, DType dtype) {
  const bool is_kept = WideScope::is_open() && x.dtype() == float64 && is_floating(dtype);
  if (x.dtype() == dtype || is_kept) return x;
  return apply(kCast, {x}, CastAttributes{dtype});
}

Tensor is_finite(const Tensor& x) { return abs(x) < std::numeric_limits<double>::infinity(); }

}  // namespace linseed
