// The row of matrix products.
#include <linseed/framework/ops/matmul.h>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/matmul.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::MatmulAttributes;

Shape leading(const Shape& shape) {
  return Shape(std::vector<std::int64_t>(shape.begin(), shape.end() - 2));
}

std::vector<TensorSpec> type(Specs in, const Attributes& attributes) {
  const auto& [transpose_a, transpose_b] = attributes.as<MatmulAttributes>();
  const Shape& a = in[0].shape;
  const Shape& b = in[1].shape;
  const int last_a = a.ndim() - 1;
  const int last_b = b.ndim() - 1;
  const std::int64_t inner_a = a[transpose_a ? last_a - 1 : last_a];
  const std::int64_t inner_b = b[transpose_b ? last_b : last_b - 1];
  if (inner_a != inner_b) {
    throw InvalidArgument("matmul: the inner sizes differ, {} against {}; a {}{}, b {}{}", inner_a,
                          inner_b, in[0], transpose_a ? " transposed" : "", in[1],
                          transpose_b ? " transposed" : "");
  }
  Shape shape = broadcast_shapes(leading(a), leading(b), "matmul");
  shape.push_back(a[transpose_a ? last_a : last_a - 1]);
  shape.push_back(b[transpose_b ? last_b - 1 : last_b]);
  return {{std::move(shape), in[0].dtype}};
}

/// Products with the factors read as the flags say; the form all derivatives stay in, so that no
/// transposed copy is ever made.
Tensor product(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b);

/// For y = op(a) op(b):  ∂op(a) = ȳ op(b)ᵀ and ∂op(b) = op(a)ᵀ ȳ, transposed back where op did.
Tensors derivative(const Backward& backward) {
  const auto& [ta, tb] = backward.attributes().as<MatmulAttributes>();
  const Tensor& a = backward.input(0);
  const Tensor& b = backward.input(1);
  const Tensor& y = backward.cotangent();
  Tensors cotangents(2);
  if (backward.needs(0)) {
    cotangents[0] = sum_to(ta ? product(b, tb, y, true) : product(y, false, b, !tb), a.shape());
  }
  if (backward.needs(1)) {
    cotangents[1] = sum_to(tb ? product(y, true, a, ta) : product(a, !ta, y, false), b.shape());
  }
  return cotangents;
}

const Primitive kMatmul{
    .name = "matmul",
    .attributes = &attribute_text<MatmulAttributes>,
    .type = type,
    .kernel = kernels::matmul,
    .flops = [](Specs in, Specs out, const Attributes& a) -> double {
      const Shape& x = in[0].shape;
      const std::int64_t inner = x[x.ndim() - (a.as<MatmulAttributes>().transpose_a ? 2 : 1)];
      return 2.0 * static_cast<double>(inner) * static_cast<double>(out[0].shape.size());
    },
    .derivative = derivative,
};

Tensor product(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
  return apply(kMatmul, {a, b}, MatmulAttributes{transpose_a, transpose_b});
}

}  // namespace

Rows matmul_rows() { return {&kMatmul}; }

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.ndim() == 0 || b.ndim() == 0) {
    throw InvalidArgument("matmul: a scalar is no matrix; a {}, b {}; use * for scaling", a.spec(),
                          b.spec());
  }
  if (a.ndim() == 1) {
    const Tensor y = matmul(expand_dims(a, 0), b);
    std::vector<std::int64_t> dims = y.shape().dims();
    dims.erase(dims.end() - (b.ndim() == 1 ? 1 : 2));
    return reshape(y, Shape(std::move(dims)));
  }
  if (b.ndim() == 1) {
    const Tensor y = matmul(a, expand_dims(b, 1));
    return reshape(y, Shape(std::vector<std::int64_t>(y.shape().begin(), y.shape().end() - 1)));
  }
  DType dtype = promote(a.dtype(), b.dtype());
  if (dtype == bool_) dtype = int32;
  const Tensor x = astype(a, dtype);
  const Tensor w = astype(b, dtype);
  // One matrix for all: a single tall product instead of one for each leading index.
  if (x.ndim() > 2 && w.ndim() == 2 && x.size() > 0 && x.dim(-1) == w.dim(0)) {
    Shape shape = x.shape();
    shape[shape.ndim() - 1] = w.dim(1);
    return reshape(product(reshape(x, {-1, x.dim(-1)}), false, w, false), shape);
  }
  return product(x, false, w, false);
}

}  // namespace linseed
