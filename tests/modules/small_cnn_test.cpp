// A small CNN against PyTorch: forward pass, loss and all gradients.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/loss.h>
#include <linseed/modules/pooling.h>
#include <linseed/tests/golden/layers.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

struct SmallCnn : nn::Module<SmallCnn> {
  DType dtype = float32;

  Tensor apply(const Tensor& image) const {
    Tensor x = nn::Conv{.features = 3, .kernel_size = {3, 3}, .bias = false, .dtype = dtype}(image);
    x = nn::relu(nn::BatchNorm{.momentum = 0, .dtype = dtype}(x));
    x = nn::max_pool(x, {2, 2}, {2, 2});
    return nn::Dense{.features = 5, .dtype = dtype}(reshape(x, {x.dim(0), -1}));
  }
};

Tree parameters() {
  return {{"Conv_0", {{"kernel", uneven({3, 3, 2, 3}, 2)}}},
          {"BatchNorm_1", {{"scale", uneven({3}, 3)}, {"bias", uneven({3}, 4)}}},
          {"Dense_2", {{"kernel", uneven({27, 5}, 5)}, {"bias", uneven({5}, 6)}}}};
}

void check_against_pytorch(const SmallCnn& cnn, const Tree& params, const Tensor& x,
                           double tolerance) {
  const Tensor labels = Tensor::from({3, 0, 4, 1}, {4});
  const auto made = nn::stateful([&] { return cnn.init(random::key(0), x); }).second;
  const auto loss_of = [&](const std::pair<Tensor, Tree>& at) {
    auto [logits, stats] = nn::stateful(made, [&] { return cnn.call(at.second, at.first); });
    return std::pair(nn::softmax_cross_entropy(logits, labels), std::pair(logits, stats));
  };
  const auto [loss, result, gradient] = value_and_grad(loss_of, has_aux)(std::pair(x, params));
  const auto& [logits, stats] = result;
  const auto& [dx, d] = gradient;
  CHECK(logits.dtype() == cnn.dtype);
  CHECK(deviation(logits, golden::kCnnLogits) < tolerance);
  CHECK(deviation(loss, golden::kCnnLoss) < tolerance);
  CHECK(deviation(stats["/BatchNorm_1"]["mean"], golden::kCnnMean) < tolerance);
  CHECK(deviation(stats["/BatchNorm_1"]["var"], golden::kCnnVariance) < tolerance);
  CHECK(deviation(dx, golden::kCnnInputGradient) < tolerance);
  CHECK(deviation(d["Conv_0"]["kernel"], golden::kCnnKernelGradient) < tolerance);
  CHECK(deviation(d["BatchNorm_1"]["scale"], golden::kCnnScaleGradient) < tolerance);
  CHECK(deviation(d["BatchNorm_1"]["bias"], golden::kCnnShiftGradient) < tolerance);
  CHECK(deviation(d["Dense_2"]["kernel"], golden::kCnnDenseGradient) < tolerance);
  CHECK(deviation(d["Dense_2"]["bias"], golden::kCnnBiasGradient) < tolerance);
}

}  // namespace

TEST_CASE("a small CNN computes what PyTorch computes, in float64") {
  // Sums of up to 144 terms: some hundred roundings of 1e-16.
  check_against_pytorch({.dtype = float64}, in_float64(parameters()),
                        astype(uneven({4, 6, 6, 2}, 1), float64), 1e-13);
}

TEST_CASE("a small CNN computes what PyTorch computes, in float32") {
  // The same in roundings of 6e-8; the mean, itself near 0, is measured against the activations.
  check_against_pytorch({}, parameters(), uneven({4, 6, 6, 2}, 1), 1e-5);
}
