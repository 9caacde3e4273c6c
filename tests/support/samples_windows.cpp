// Samples of convolution, pooling and their adjoints, which are reached through derivatives.
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/samples_internal.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;
using Table = SampleTable;

struct ConvolutionGeometry {
  std::string about;
  Shape x;
  Shape kernel;
  ConvolutionOptions options;
};

void add_convolution(Table& table) {
  const ConvolutionGeometry geometries[] = {
      {"SAME", {1, 3, 4, 2}, {3, 2, 2, 2}, {}},
      {"VALID, strides 2 and 1",
       {2, 5, 3, 1},
       {2, 2, 1, 2},
       {.strides = {2, 1}, .padding = "VALID"}},
      {"pairs, stride 3",
       {1, 4, 4, 1},
       {2, 3, 1, 2},
       {.strides = {3, 3}, .padding = {{1, 0}, {0, 2}}}},
      {"a line, dilated kernel", {2, 6, 2}, {2, 2, 1}, {.kernel_dilation = {3}}},
      {"a volume, strided", {1, 3, 2, 3, 1}, {2, 1, 2, 1, 2}, {.strides = {1, 1, 2}}},
      {"dilated both ways",
       {1, 3, 2, 1},
       {2, 2, 1, 2},
       {.strides = {2, 1},
        .padding = {{0, 1}, {1, 0}},
        .input_dilation = {2, 3},
        .kernel_dilation = {1, 2}}},
      {"two groups", {1, 3, 3, 4}, {2, 2, 2, 2}, {.strides = {2, 1}, .groups = 2}},
      {"two groups, pixels", {2, 3, 4}, {1, 2, 4}, {.groups = 2}},
      {"depthwise", {1, 4, 3, 2}, {2, 2, 1, 2}, {.kernel_dilation = {2, 1}, .groups = 2}},
      {"depthwise, two features a channel, a volume",
       {1, 2, 2, 2, 2},
       {2, 1, 2, 1, 4},
       {.padding = "VALID", .groups = 2}},
  };
  for (const auto& [about, x_shape, kernel_shape, options] : geometries) {
    const auto conv = [options = options](const Tensor& x, const Tensor& kernel) {
      return convolution(x, kernel, options);
    };
    const Tensor x = spread_values(x_shape, -1, 1, 1);
    const Tensor kernel = spread_values(kernel_shape, -1, 1, 2);
    const Tensor y = spread_values(conv(x, kernel).shape(), -1, 1, 3);
    const auto input_gradient = [conv, x](const Inputs& in) {
      return grad([&](const Tensor& t) { return sum(conv(t, in[1]) * in[0]); })(x);
    };
    const auto kernel_gradient = [conv, kernel](const Inputs& in) {
      return grad([&](const Tensor& k) { return sum(conv(in[0], k) * in[1]); })(kernel);
    };
    table["convolution"].push_back(
        {about, [conv](const Inputs& in) { return conv(in[0], in[1]); }, {x, kernel}});
    table["convolution_input_gradient"].push_back({about, input_gradient, {y, kernel}});
    table["convolution_kernel_gradient"].push_back({about, kernel_gradient, {x, y}});
  }
  table["convolution"].front().empty_inputs = {nothing({0, 3, 4, 2}),
                                               spread_values({3, 2, 2, 2}, -1, 1)};
}

struct PoolingGeometry {
  std::string about;
  Shape x;
  Shape window;
  Shape strides;
  Padding padding;
};

void add_pooling(Table& table) {
  const PoolingGeometry geometries[] = {
      {"disjoint windows", {1, 4, 4, 2}, {2, 2}, {2, 2}, "VALID"},
      {"overlapping windows, SAME", {2, 3, 4, 1}, {3, 2}, {2, 1}, "SAME"},
      {"pairs", {1, 4, 3, 1}, {3, 3}, {1, 2}, {{2, 1}, {0, 1}}},
      {"a line", {2, 5, 2}, {3}, {2}, "SAME"},
      {"a volume", {1, 3, 2, 4, 1}, {2, 2, 3}, {1, 2, 2}, {{1, 0}, {0, 1}, {1, 1}}},
  };
  for (const auto& [about, x_shape, window, strides, padding] : geometries) {
    const auto pooled_by = [window = window, strides = strides, padding = padding](auto pool) {
      return [=](const Tensor& x) { return pool(x, window, strides, padding); };
    };
    const auto largest = pooled_by(max_pool);
    const auto total = pooled_by(sum_pool);
    const Tensor x = spread_values(x_shape, -2, 2, 1);
    const Tensor y = spread_values(largest(x).shape(), -2, 2, 2);
    const auto unpool = [x](auto pool, const Tensor& cotangent) {
      return grad([&](const Tensor& t) { return sum(pool(t) * cotangent); })(x);
    };
    const auto max_unpool = [=](const Tensor& v) { return unpool(largest, v); };
    const auto sum_unpool = [=](const Tensor& v) { return unpool(total, v); };
    // The adjoint of the adjoint reads x where the maxima of the fixed one stood.
    const auto select = [=](const Inputs& in) {
      return grad([&](const Tensor& v) { return sum(max_unpool(v) * in[0]); })(y);
    };
    table["max_pool"].push_back({about, [=](const Inputs& in) { return largest(in[0]); }, {x}});
    table["max_unpool"].push_back(
        {about, [=](const Inputs& in) { return max_unpool(in[0]); }, {y}});
    table["max_pool_select"].push_back({about, select, {x}});
    table["sum_pool"].push_back({about, [=](const Inputs& in) { return total(in[0]); }, {x}});
    table["sum_unpool"].push_back(
        {about, [=](const Inputs& in) { return sum_unpool(in[0]); }, {y}});
  }
  table["max_pool"].front().empty_inputs = {nothing({0, 4, 4, 2})};
  table["sum_pool"].front().empty_inputs = {nothing({0, 4, 4, 2})};
}

}  // namespace

void add_window_samples(SampleTable& table) {
  add_convolution(table);
  add_pooling(table);
}

}  // namespace linseed::test
