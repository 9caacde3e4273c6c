// Conv, ConvTranspose, the pools.
#include <algorithm>
#include <tuple>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/conv_transpose.h>
#include <linseed/modules/pooling.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {

Tensor channels_last(const Tensor& x) { return move_axis(x, 1, -1); }
Tensor channels_first(const Tensor& x) { return move_axis(x, -1, 1); }

namespace {

/// How a window slides over an x [n,c,spatial…], or how a transposed one does.
struct Window {
  Shape size;
  Shape strides;
  Shape dilations;
  Padding::Pairs padding;
};

std::int64_t effective_size(const Window& window, int i) {
  return (window.size[i] - 1) * window.dilations[i] + 1;
}

/// Padding said by name; SAME_LOWER has the larger half in front.
std::pair<std::int64_t, std::int64_t> padding_by_name(const std::string& name, const Window& window,
                                                      int i, std::int64_t size) {
  const Padding padding(name == "VALID" ? "VALID" : "SAME");
  auto [before, after] =
      padding.resolve(i, size, effective_size(window, i), window.strides[i], "onnx");
  if (name == "SAME_LOWER") std::swap(before, after);
  return {before, after};
}

/// Size, strides and dilations, and the numbers in "pads": all beginnings, then all ends.
Window plain_window(const NodeTest& test, const Shape& size) {
  const auto dims = static_cast<std::size_t>(size.ndim());
  const std::vector<std::int64_t> ones(dims, 1);
  Window window{
      size, Shape(test.integers("strides", ones)), Shape(test.integers("dilations", ones)), {}};
  const auto pads = test.integers("pads", std::vector<std::int64_t>(2 * dims, 0));
  for (std::size_t i = 0; i < dims; ++i) window.padding.emplace_back(pads[i], pads[dims + i]);
  return window;
}

Window window_of(const NodeTest& test, const Shape& size) {
  Window window = plain_window(test, size);
  const std::string name = test.text("auto_pad", "NOTSET");
  for (int i = 0; i < size.ndim(); ++i) {
    auto& [before, after] = window.padding[static_cast<std::size_t>(i)];
    const std::int64_t width = test.inputs[0].dim(i + 2);
    if (name != "NOTSET") std::tie(before, after) = padding_by_name(name, window, i, width);
    if (test.integer("ceil_mode", 0) != 0) {  // one more window, if something is left at the end
      const std::int64_t rest =
          (width + before + after - effective_size(window, i)) % window.strides[i];
      if (rest > 0) after += window.strides[i] - rest;
    }
  }
  return window;
}

Shape spatial_dims(const Tensor& kernel) {
  return Shape(std::vector<std::int64_t>(kernel.shape().begin() + 2, kernel.shape().end()));
}

Window pooling_window(const NodeTest& test) {
  return window_of(test, Shape(test.integers("kernel_shape", {})));
}

bool is_dilated(const Window& window) {
  return window.dilations != Shape(std::vector<std::int64_t>(window.padding.size(), 1));
}

/// W [f,c/groups,spatial…] -> kernel [spatial…,c/groups,f]
std::vector<Tensor> conv(const NodeTest& test) {
  const Tensor& weights = test.inputs[1];
  const Window window = window_of(test, spatial_dims(weights));
  const nn::Conv layer{.features = static_cast<int>(weights.dim(0)),
                       .kernel_size = window.size,
                       .strides = window.strides,
                       .padding = window.padding,
                       .kernel_dilation = window.dilations,
                       .feature_group_count = static_cast<int>(test.integer("group", 1)),
                       .bias = test.has_input(2)};
  Tree params{{"kernel", move_axis(move_axis(weights, 0, -1), 0, -2)}};
  if (layer.bias) params["bias"] = test.inputs[2];
  return {channels_first(layer.call(params, channels_last(test.inputs[0])))};
}

/// Where each window's maximum stands, as an index into x: the only place where its derivative is
/// not 0. "storage_order" 1 counts column by column.
Tensor places_of_maxima(const NodeTest& test, const Window& window) {
  const auto pooled = [&](const Tensor& x) {
    return channels_first(max_pool(channels_last(x), window.size, window.strides, window.padding));
  };
  const Tensor& x = test.inputs[0];
  const auto [y, pullback] = vjp(pooled, x);
  std::vector<Tensor> places;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    Tensor derivative =
        pullback(reshape(one_hot(Tensor(static_cast<int>(i)), y.size()), y.shape()));
    if (test.integer("storage_order", 0) == 1) derivative = swap_axes(derivative, -1, -2);
    places.push_back(argmax(reshape(derivative, {-1}), 0));
  }
  return reshape(stack(places), y.shape());
}

/// linseed's pools have no dilation: every d-th pixel of an x [n,h,w,c], from each of the first d
/// on, is an image of its own, whose windows are not dilated. Those are pooled, and interleaved
/// again.
Tensor dilated_max_pool(Tensor x, const Window& window) {
  if (window.strides != Shape({1, 1})) throw NotSupported("pooling: dilation with strides");
  for (const auto& [before, after] : window.padding) {
    if (before != 0 || after != 0) throw NotSupported("pooling: dilation with padding");
  }
  const std::int64_t n = x.dim(0), c = x.dim(3), dy = window.dilations[0], dx = window.dilations[1];
  x = reshape(x, {n, x.dim(1) / dy, dy, x.dim(2) / dx, dx, c});
  x = transpose(x, {2, 4, 0, 1, 3, 5});  // [dy,dx,n,h/dy,w/dx,c]
  x = max_pool(reshape(x, {dy * dx * n, x.dim(3), x.dim(4), c}), window.size);
  x = reshape(x, {dy, dx, n, x.dim(1), x.dim(2), c});
  x = transpose(x, {2, 3, 0, 4, 1, 5});
  return reshape(x, {n, x.dim(1) * dy, x.dim(3) * dx, c});
}

std::vector<Tensor> max_pooling(const NodeTest& test) {
  const Window window = pooling_window(test);
  const Tensor x = channels_last(test.inputs[0]);
  if (is_dilated(window)) return {channels_first(dilated_max_pool(x, window))};
  const Tensor y = max_pool(x, window.size, window.strides, window.padding);
  if (test.outputs.size() == 1) return {channels_first(y)};
  return {channels_first(y), places_of_maxima(test, window)};
}

/// Without "count_include_pad" padding does not count: the sum over the number of elements.
std::vector<Tensor> average_pooling(const NodeTest& test) {
  const Window window = pooling_window(test);
  const Tensor x = channels_last(test.inputs[0]);
  if (test.integer("count_include_pad", 0) != 0) {
    return {channels_first(avg_pool(x, window.size, window.strides, window.padding))};
  }
  const auto sums = [&](const Tensor& of) {
    return sum_pool(of, window.size, window.strides, window.padding);
  };
  return {channels_first(sums(x) / sums(ones_like(x)))};
}

/// ⌊total / 2⌋ of negative numbers, too.
std::int64_t half(std::int64_t total) { return total >= 0 ? total / 2 : -((1 - total) / 2); }

/// What is cut off a transposed convolution: "pads", or what is left over by "output_shape" or by
/// SAME, output = input · stride, with the larger half at the end for SAME_UPPER alone.
Padding::Pairs cut_off(const NodeTest& test, const Window& window,
                       const std::vector<std::int64_t>& more) {
  const auto output = test.integers("output_shape", {});
  const std::string name = test.text("auto_pad", "NOTSET");
  Padding::Pairs cut = window.padding;
  for (int i = 0; i < window.size.ndim(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t width = test.inputs[0].dim(i + 2);
    const bool is_same = name.starts_with("SAME");
    if (output.empty() && !is_same) continue;
    const std::int64_t wanted = output.empty() ? width * window.strides[i] : output[at];
    const std::int64_t total =
        window.strides[i] * (width - 1) + more[at] + effective_size(window, i) - wanted;
    cut[at] = {half(total), total - half(total)};
    if (name != "SAME_UPPER") std::swap(cut[at].first, cut[at].second);
  }
  return cut;
}

/// ONNX turns the kernel around, as the gradient of a convolution does; linseed, like Flax, does
/// not, and its padding is that of the dilated input. W [c,f,spatial…] -> kernel [spatial…,c,f]
std::vector<Tensor> conv_transpose(const NodeTest& test) {
  if (test.integer("group", 1) != 1) throw NotSupported("conv_transpose: groups");
  const Tensor& weights = test.inputs[1];
  const Window window = plain_window(test, spatial_dims(weights));
  const auto more =
      test.integers("output_padding", std::vector<std::int64_t>(window.padding.size(), 0));
  Padding::Pairs padding = cut_off(test, window, more);
  std::vector<int> spatial_axes;
  for (int i = 0; i < window.size.ndim(); ++i) {
    auto& [before, after] = padding[static_cast<std::size_t>(i)];
    before = effective_size(window, i) - 1 - before;
    after = effective_size(window, i) - 1 - after + more[static_cast<std::size_t>(i)];
    spatial_axes.push_back(i + 2);
  }
  const nn::ConvTranspose layer{.features = static_cast<int>(weights.dim(1)),
                                .kernel_size = window.size,
                                .strides = window.strides,
                                .padding = padding,
                                .kernel_dilation = window.dilations,
                                .bias = test.has_input(2)};
  const Tensor turned = flip(weights, Axes(spatial_axes));
  Tree params{{"kernel", move_axis(move_axis(turned, 0, -1), 0, -1)}};
  if (layer.bias) params["bias"] = test.inputs[2];
  return {channels_first(layer.call(params, channels_last(test.inputs[0])))};
}

template <Tensor pool_all(const Tensor&, KeepDims)>
std::vector<Tensor> global_pooling(const NodeTest& test) {
  return {channels_first(pool_all(channels_last(test.inputs[0]), keepdims))};
}

}  // namespace

Operators window_operators() {
  return {
      {"AveragePool", average_pooling},
      {"Conv", conv},
      {"ConvTranspose", conv_transpose},
      {"GlobalAveragePool", global_pooling<nn::global_avg_pool>},
      {"GlobalMaxPool", global_pooling<nn::global_max_pool>},
      {"MaxPool", max_pooling},
  };
}

}  // namespace linseed::test::onnx
