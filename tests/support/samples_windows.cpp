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

struct Geometry {
  std::string about;
  Shape x;
  Shape kernel;
  std::array<std::int64_t, 2> strides;
  Padding padding;
};

void add_convolution(Table& table) {
  const Geometry geometries[] = {
      {"SAME", {1, 3, 4, 2}, {3, 2, 2, 2}, {1, 1}, "SAME"},
      {"VALID, strides 2 and 1", {2, 5, 3, 1}, {2, 2, 1, 2}, {2, 1}, "VALID"},
      {"pairs, stride 3", {1, 4, 4, 1}, {2, 3, 1, 2}, {3, 3}, {{1, 0}, {0, 2}}},
  };
  for (const auto& [about, x_shape, kernel_shape, strides, padding] : geometries) {
    const auto conv = [strides = strides, padding = padding](const Tensor& x,
                                                             const Tensor& kernel) {
      return convolution(x, kernel, strides, padding);
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

void add_pooling(Table& table) {
  const Geometry geometries[] = {
      {"disjoint windows", {1, 4, 4, 2}, {2, 2}, {2, 2}, "VALID"},
      {"overlapping windows, SAME", {2, 3, 4, 1}, {3, 2}, {2, 1}, "SAME"},
      {"pairs", {1, 4, 3, 1}, {3, 3}, {1, 2}, {{2, 1}, {0, 1}}},
  };
  for (const auto& [about, x_shape, window_shape, strides, padding] : geometries) {
    const std::array window{window_shape[0], window_shape[1]};
    const auto pooled_by = [window, strides = strides, padding = padding](auto pool) {
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
