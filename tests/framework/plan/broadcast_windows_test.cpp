// The gradient of average pooling, read over its windows instead of spread over them.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/tests/support/compiled_bits.h>
#include <linseed/tests/support/steps.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

/// The gradients of images, of factors and of a bias in front of a ReLU and average pooling.
struct Layer {
  Shape window, strides;
  Padding padding = "VALID";

  Inputs gradients(const Inputs& in) const {
    const auto loss = [&](const Inputs& x) {
      const Tensor y = avg_pool(maximum(x[0] * x[1] + x[2], 0), window, strides, padding);
      return sum(y * uneven(y.shape(), 9));
    };
    return grad(loss)(in);
  }
};

Names steps_of(const Layer& layer, const Shape& image) {
  const Shape channels{image[image.ndim() - 1]};
  Inputs in;
  for (const Shape& shape : {image, channels, channels}) {
    in.push_back(placeholder({shape, float32}, "test"));
  }
  return names(optimize(close(layer.gradients(in), in).program));
}

}  // namespace

TEST_CASE("what cuts an image up is not spread over windows") {
  CHECK_FALSE(contains(steps_of({{2, 2}, {2, 2}}, {3, 8, 12, 17}), "sum_unpool"));
  CHECK_FALSE(contains(steps_of({{2}, {2}}, {3, 8, 16}), "sum_unpool"));
  CHECK_FALSE(contains(steps_of({{2, 1, 3}, {2, 1, 3}}, {2, 4, 5, 6, 18}), "sum_unpool"));
}

TEST_CASE("windows that overlap, leave something out or reach beyond an image stay as they are") {
  CHECK(contains(steps_of({{3, 3}, {2, 2}}, {3, 9, 9, 17}), "sum_unpool"));
  CHECK(contains(steps_of({{2, 2}, {2, 2}}, {3, 7, 12, 17}), "sum_unpool"));
  CHECK(contains(steps_of({{2, 2}, {3, 3}}, {3, 9, 12, 17}), "sum_unpool"));
  CHECK(contains(steps_of({{2, 2}, {2, 2}}, {3, 8, 12, 15}), "sum_unpool"));  // few channels
  CHECK(
      contains(steps_of({{2, 2}, {2, 2}, Padding{{1, 1}, {0, 0}}}, {3, 8, 12, 17}), "sum_unpool"));
}

TEST_CASE("gradients of average pooling keep their bits") {
  struct Images {
    Shape image, window, factors;
  };
  const std::vector<Images> cases{
      {{3, 8, 12, 17}, {2, 2}, {17}},           {{2, 4, 40, 32}, {2, 2}, {1, 4, 1, 32}},
      {{5, 12, 20}, {3}, {5, 1, 20}},           {{2, 2, 4, 6, 16}, {1, 2, 2}, {6, 1}},
      {{2, 4, 4, 6, 33}, {2, 2, 3}, {4, 1, 1}}, {{2, 4, 6, 23}, {2, 3}, {}},
      {{70, 6, 6, 16}, {2, 2}, {6, 6, 16}},
  };
  for (const DType dtype : {float32, float64}) {
    for (const Images& c : cases) {
      const Shape channels{c.image[c.image.ndim() - 1]};
      Inputs x;
      for (const Shape& shape : {c.image, c.factors, channels}) {
        x.push_back(astype(uneven(shape, static_cast<int>(x.size())), dtype));
      }
      CAPTURE(c.image.ndim(), c.image[1]);
      const Layer layer{c.window, c.window};
      check_bits([&](const Inputs& in) { return layer.gradients(in); }, x);
    }
  }
}

}  // namespace linseed::test
