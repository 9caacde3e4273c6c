// Rows of pooling and of their adjoints.
#include <linseed/framework/ops/pooling.h>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::PoolingAttributes;

Shape pooled(const Shape& x, const PoolingAttributes& a) {
  Shape shape = x;
  for (int d = 0; d < 2; ++d) {
    const auto i = static_cast<std::size_t>(d);
    shape[1 + d] = a.window.places(i, x[1 + d], a.window_size[i]);
  }
  return shape;
}

Shape unpooled(const Shape& y, const PoolingAttributes& a) {
  return {y[0], a.input_size[0], a.input_size[1], y[3]};
}

/// The type of a place inside a window.
DType position_dtype(const PoolingAttributes& a) {
  return a.window_size[0] * a.window_size[1] <= 256 ? uint8 : int32;
}

Tensor unpool_max(const Tensor& y, const Tensor& position, const Attributes& geometry);
Tensor select_max(const Tensor& x, const Tensor& position, const Attributes& geometry);
Tensor unpool_sum(const Tensor& y, const Attributes& geometry);
Tensor pool_sum(const Tensor& x, const Attributes& geometry);

const Primitive kMaxPool{
    .name = "max_pool",
    .attributes = &attribute_text<PoolingAttributes>,
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
    .attributes = &attribute_text<PoolingAttributes>,
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
    .attributes = &attribute_text<PoolingAttributes>,
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
    .attributes = &attribute_text<PoolingAttributes>,
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
    .attributes = &attribute_text<PoolingAttributes>,
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

PoolingAttributes geometry_of(const Tensor& x, std::array<std::int64_t, 2> window,
                              std::array<std::int64_t, 2> strides, const Padding& padding,
                              std::string_view who) {
  if (x.ndim() != 4 || !is_floating(x.dtype())) {
    throw InvalidArgument("{}: a floating tensor [n,h,w,c] was expected, got {}", who, x.spec());
  }
  padding.check_spatial_dims(2, who);
  PoolingAttributes geometry;
  for (int d = 0; d < 2; ++d) {
    const auto i = static_cast<std::size_t>(d);
    const auto [before, after] = padding.resolve(d, x.dim(1 + d), window[i], strides[i], who);
    geometry.window.stride[i] = strides[i];
    geometry.window.pad_low[i] = before;
    geometry.window.pad_high[i] = after;
    geometry.window_size[i] = window[i];
    geometry.input_size[i] = x.dim(1 + d);
  }
  return geometry;
}

}  // namespace

Rows pooling_rows() { return {&kMaxPool, &kMaxUnpool, &kMaxPoolSelect, &kSumPool, &kSumUnpool}; }

Tensor max_pool(const Tensor& x, std::array<std::int64_t, 2> window,
                std::array<std::int64_t, 2> strides, const Padding& padding) {
  return apply(kMaxPool, {x}, geometry_of(x, window, strides, padding, "max_pool"));
}

Tensor sum_pool(const Tensor& x, std::array<std::int64_t, 2> window,
                std::array<std::int64_t, 2> strides, const Padding& padding) {
  return pool_sum(x, geometry_of(x, window, strides, padding, "sum_pool"));
}

}  // namespace linseed
