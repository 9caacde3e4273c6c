// Rows of pooling and of their adjoints.
#include <linseed/framework/ops/pooling.h>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/halves_internal.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/types_internal.h>
#include <linseed/framework/ops/window_internal.h>

namespace linseed {
namespace {

using kernels::PoolingAttributes;
using kernels::spatial_sizes;

Shape pooled(const Shape& x, const PoolingAttributes& a) {
  Shape y{x[0]};
  kernels::append_spatial(y, a.window.positions(spatial_sizes(x, 1, 1), a.window_size),
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

/// One operation for each element of each window of `image`.
double flops_over(const TensorSpec& image, const Attributes& attributes) {
  const auto& a = attributes.as<PoolingAttributes>();
  const Shape& shape = image.shape;
  return static_cast<double>(shape[0] * shape[shape.ndim() - 1]) *
         places_inside(a.window, a.input_size, a.window_size);
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
    .flops = [](Specs in, Specs, const Attributes& a) { return flops_over(in[0], a); },
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
    .flops = [](Specs in, Specs, const Attributes& a) { return flops_over(in[0], a); },
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
    .flops = [](Specs, Specs out, const Attributes& a) { return flops_over(out[0], a); },
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
        "{}: a tensor [n,spatial…,c] with 1 to 3 spatial dimensions was expected, got {}", who,
        x.spec());
  }
  if (window.ndim() == 0) {
    throw InvalidArgument("{}: the window is empty; give {} sizes for {}", who, count, x.spec());
  }
  return one_per_dimension(window, count, who, "window");
}

PoolingAttributes geometry_of(const Tensor& x, const Shape& window, const Shape& strides,
                              const Padding& padding, std::string_view who) {
  const Shape size = check_window(x, window, who);
  return {make_window(spatial_shape(x.shape(), 1), size, strides, {}, padding, who),
          spatial_sizes(size, 0, 0), spatial_sizes(x.shape(), 1, 1)};
}

void check_number(const Tensor& x, std::string_view who) {
  if (x.dtype() == bool_) {
    throw InvalidArgument("{}: a tensor of numbers was expected, got {}", who, x.spec());
  }
}

void check_floating(const Tensor& x, std::string_view who) {
  if (!is_floating(x.dtype())) {
    throw InvalidArgument("{}: a floating tensor was expected, got {}", who, x.spec());
  }
}

/// x with `value` where a window meets padding.
Tensor pad_with(const Tensor& x, const kernels::Window& window, const Tensor& value) {
  if (!window.has_padding()) return x;
  const int count = x.ndim() - 2;
  Shape low{0}, high{0};
  kernels::append_spatial(low, window.pad_low, count);
  kernels::append_spatial(high, window.pad_high, count);
  low.push_back(0);
  high.push_back(0);
  Shape one_image = x.shape();
  one_image[0] = one_image[x.ndim() - 1] = 1;
  const auto padded = [&](const Tensor& t) { return pad(t, low.dims(), high.dims()); };
  return where(padded(ones(one_image, bool_)), padded(x), value);
}

}  // namespace

Rows pooling_rows() { return {&kMaxPool, &kMaxUnpool, &kMaxPoolSelect, &kSumPool, &kSumUnpool}; }

Tensor max_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  check_number(x, "max_pool");
  return apply(kMaxPool, {x}, geometry_of(x, window, strides, padding, "max_pool"));
}

Tensor min_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  check_number(x, "min_pool");
  const Attributes geometry = geometry_of(x, window, strides, padding, "min_pool");
  return in_reverse(apply(kMaxPool, {in_reverse(x)}, geometry));
}

Tensor sum_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  check_floating(x, "sum_pool");
  return pool_sum(x, geometry_of(x, window, strides, padding, "sum_pool"));
}

Tensor avg_pool(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding) {
  check_floating(x, "avg_pool");
  const Attributes geometry = geometry_of(x, window, strides, padding, "avg_pool");
  return in_float32(x, [&](const Tensor& t) { return pool_sum(t, geometry) / window.size(); });
}

Tensor pool(const Tensor& given, Operand init, const std::function<Tensor(Tensor, Tensor)>& reduce,
            const Shape& window, const Shape& strides, const Padding& padding) {
  const auto [x, first] = meet(given, init);  // −∞ makes float32 of integers, as everywhere
  const Shape size = check_window(x, window, "pool");
  const int count = size.ndim();
  const kernels::Window geometry =
      make_window(spatial_shape(x.shape(), 1), size, strides, {}, padding, "pool");
  const Shape out = pooled(x.shape(), {geometry, spatial_sizes(size, 0, 0), {}});
  if (first.ndim() != 0) {
    throw InvalidArgument("pool: init must be a number or a 0-d tensor, got {}", first.spec());
  }
  const Tensor padded = pad_with(x, geometry, first);
  Tensor folded = broadcast_to(first, out);
  if (out.size() == 0) return folded;

  std::vector<std::int64_t> start(static_cast<std::size_t>(x.ndim()), 0);
  std::vector<std::int64_t> stop = padded.shape().dims();
  std::vector<std::int64_t> stride(start.size(), 1);
  for (std::int64_t place = 0; place < size.size(); ++place) {
    std::int64_t rest = place;
    for (int i = count - 1; i >= 0; --i) {
      const auto axis = static_cast<std::size_t>(i + 1);
      stride[axis] = geometry.stride[kernels::spatial_place(count, i)];
      start[axis] = rest % size[i];
      stop[axis] = start[axis] + (out[i + 1] - 1) * stride[axis] + 1;
      rest /= size[i];
    }
    folded = reduce(folded, slice(padded, start, stop, stride));
    if (folded.spec() != TensorSpec{out, x.dtype()}) {
      throw InvalidArgument("pool: reduce made {} of two tensors {}", folded.spec(),
                            TensorSpec{out, x.dtype()});
    }
  }
  return folded;
}

}  // namespace linseed
