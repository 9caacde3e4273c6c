// Rows of pooling and of their adjoints.
#include <linseed/framework/ops/pooling.h>

#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>
#include <linseed/framework/ops/window_internal.h>

namespace linseed {
namespace {

using kernels::PoolingAttributes;

Shape pooled(const Shape& x, const PoolingAttributes& a) {
  Shape y{x[0]};
  kernels::append_spatial(y, a.window.positions(kernels::spatial_sizes(x, 1), a.window_size),
                          x.ndim() - 2);
  y.push_back(x[x.ndim() - 1]);
  return y;
}

Shape unpooled(const Shape& y, const PoolingAttributes& a) {
  Shape x{y[0]};
  kernels::append_spatial(x, a.input_size, y.ndim() - 2);
  x.push_back(y[y.ndim() - 1]);
  return x;
}

/// The type of a place inside a window.
DType position_dtype(const PoolingAttributes& a) {
  const kernels::Spatial& size = a.window_size;
  return size[0] * size[1] * size[2] <= 256 ? uint8 : int32;
}

Tensor unpool_max(const Tensor& y, const Tensor& position, const Attributes& geometry);
Tensor select_max(const Tensor& x, const Tensor& position, const Attributes& geometry);
Tensor unpool_sum(const Tensor& y, const Attributes& geometry);
Tensor pool_sum(const Tensor& x, const Attributes& geometry);

const Primitive kMaxPool{
    .name = "max_pool",
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const auto& geometry = a.as<PoolingAttributes>();
      const Shape shape = pooled(in[0].shape, geometry);
      return {{shape, in[0].dtype}, {shape, position_dtype(geometry)}};
    },
    .kernel = kernels::max_pool,
    .derivative = [](const Backward& b) -> Tensors {
      return {unpool_max(b.cotangent(), b.output(1), b.attributes())};
    },
};

const Primitive kMaxUnpool{
    .name = "max_unpool",
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{unpooled(in[0].shape, a.as<PoolingAttributes>()), in[0].dtype}};
    },
    .kernel = kernels::max_unpool,
    .derivative = [](const Backward& b) -> Tensors {
      return {select_max(b.cotangent(), b.input(1), b.attributes()), {}};
    },
};

const Primitive kMaxPoolSelect{
    .name = "max_pool_select",
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{pooled(in[0].shape, a.as<PoolingAttributes>()), in[0].dtype}};
    },
    .kernel = kernels::max_pool_select,
    .derivative = [](const Backward& b) -> Tensors {
      return {unpool_max(b.cotangent(), b.input(1), b.attributes()), {}};
    },
};

const Primitive kSumPool{
    .name = "sum_pool",
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{pooled(in[0].shape, a.as<PoolingAttributes>()), in[0].dtype}};
    },
    .kernel = kernels::sum_pool,
    .derivative = [](const Backward& b) -> Tensors {
      return {unpool_sum(b.cotangent(), b.attributes())};
    },
};

const Primitive kSumUnpool{
    .name = "sum_unpool",
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      return {{unpooled(in[0].shape, a.as<PoolingAttributes>()), in[0].dtype}};
    },
    .kernel = kernels::sum_unpool,
    .derivative = [](const Backward& b) -> Tensors {
      return {pool_sum(b.cotangent(), b.attributes())};
    },
};

Tensor unpool_max(const Tensor& y, const Tensor& position, const Attributes& geometry) {
  return apply(kMaxUnpool, {y, position}, geometry);
}

Tensor select_max(const Tensor& x, const Tensor& position, const Attributes& geometry) {
  return apply(kMaxPoolSelect, {x, position}, geometry);
}

Tensor unpool_sum(const Tensor& y, const Attributes& geometry) {
  return apply(kSumUnpool, {y}, geometry);
}

Tensor pool_sum(const Tensor& x, const Attributes& geometry) {
  return apply(kSumPool, {x}, geometry);
}

/// The window's sizes over the spatial dimensions of x, or an error that says what was expected.
Shape check_window(const Tensor& x, const Shape& window, std::string_view who) {
  const int count = x.ndim() - 2;
  if (count < 1 || count > 3) {
    throw InvalidArgument(
        "{}: a tensor [n,spatial…,c] with 1 to 3 spatial dimensions was expected, "
        "got {}",
        who, x.spec());
  }
  if (window.ndim() == 0) {
    throw InvalidArgument("{}: the window is empty; give {} sizes for {}", who, count, x.spec());
  }
  return one_per_dimension(window, count, who, "window");
}

PoolingAttributes geometry_of(const Tensor& x, const Shape& window, const Shape& strides,
                              const Padding& padding, std::string_view who) {
  if (!is_floating(x.dtype())) {
    throw InvalidArgument("{}: a floating tensor was expected, got {}", who, x.spec());
  }
  const Shape size = check_window(x, window, who);
  const Shape input = spatial_shape(x.shape(), 1);
  const int count = input.ndim();
  const Shape steps = one_per_dimension(strides, count, who, "strides");
  const Shape dense = one_per_dimension({}, count, who, "dilation");
  return {make_window(input, size, steps, dense, padding, who), with_leading_ones(size),
          with_leading_ones(input)};
}

}  // namespace

Rows pooling_rows() { return {&kMaxPool, &kMaxUnpool, &kMaxPoolSelect, &kSumPool, &kSumUnpool}; }

Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  return apply(kMaxPool, {x}, geometry_of(x, window, strides, padding, "max_pool"));
}

Tensor min_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  return -apply(kMaxPool, {-x}, geometry_of(x, window, strides, padding, "min_pool"));
}

Tensor sum_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  return pool_sum(x, geometry_of(x, window, strides, padding, "sum_pool"));
}

Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  return pool_sum(x, geometry_of(x, window, strides, padding, "avg_pool")) / window.size();
}

}  // namespace linseed
