// Normalisations and their derivatives, as PyTorch computes them.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/group_norm.h>
#include <linseed/modules/instance_norm.h>
#include <linseed/modules/layer_norm.h>
#include <linseed/modules/rms_norm.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

// A mean and a variance of up to 24 numbers, and a division by a deviation that may be a tenth of
// them, each with its roundings.
constexpr double kFloat64 = 2e-15;
constexpr double kFloat32 = 2e-6;

/// An offset costs x − μ as many digits as it has, and PyTorch's group normalisation, which
/// computes E[x²] − μ², twice as many.
double tolerance_of(const GoldenCase& golden, DType dtype) {
  const double lost = 1 + golden.number("offset");
  if (dtype == float32) return kFloat32 * lost;
  return kFloat64 * lost * (golden.text("kind") == "group" ? lost : 1);
}

Tensor input(const GoldenCase& golden, DType dtype) {
  return astype(uneven(golden.shape("x"), 1), dtype) + golden.number("offset");
}

template <class Layer>
void check_layer(const GoldenCase& golden, const Layer& layer) {
  const DType dtype = layer.dtype;
  const double tolerance = tolerance_of(golden, dtype);
  const Tensor x = input(golden, dtype);
  Tree params = layer.init(random::key(0), x).params;
  for (auto& [name, value] : params) {
    value = astype(uneven(value.tensor().shape(), name == "scale" ? 2 : 3), dtype);
  }
  using Arguments = std::pair<Tree, Tensor>;
  const auto [y, pullback] = vjp(
      [&](const Arguments& at) { return layer.call(at.first, at.second); }, Arguments(params, x));
  CHECK(golden_deviation(y, golden["y"]) <= tolerance);
  const auto [dparams, dx] = pullback(astype(uneven(x.shape(), 4), dtype));
  CHECK(golden_deviation(dx, golden["x_gradient"]) <= tolerance);
  CHECK(dparams.size() == (golden.results.contains("bias_gradient") ? 2 : 1));
  for (const auto& [name, gradient] : dparams) {
    const Tensor& wanted = golden[name + "_gradient"];
    CHECK(golden_deviation(reshape(gradient, wanted.shape()), wanted) <= tolerance);
  }
}

/// With momentum 0 the running averages are those of the batch.
void check_averages(const GoldenCase& golden, const nn::BatchNorm& layer) {
  const DType dtype = layer.dtype;
  const double tolerance = tolerance_of(golden, dtype);
  const Tensor x = input(golden, dtype);
  const auto created = nn::stateful([&] { return layer.create(random::key(0), x); });
  const auto& model = created.first.model;
  const auto after = nn::stateful(created.second, [&] { return model(x); }).second;
  CHECK(golden_deviation(after["/"]["mean"], golden["mean"]) <= tolerance);
  CHECK(golden_deviation(after["/"]["var"], golden["var"]) <= tolerance);
}

void check_case(const GoldenCase& golden, DType dtype) {
  const std::string& kind = golden.text("kind");
  const auto epsilon = static_cast<float>(golden.number("epsilon"));
  if (kind == "batch") {
    const nn::BatchNorm layer{
        .axis = golden.axes("axes"), .momentum = 0, .epsilon = epsilon, .dtype = dtype};
    check_layer(golden, layer);
    check_averages(golden, layer);
  } else if (kind == "layer") {
    check_layer(golden,
                nn::LayerNorm{.epsilon = epsilon, .dtype = dtype, .axis = golden.axes("axes")});
  } else if (kind == "rms") {
    check_layer(golden,
                nn::RMSNorm{.epsilon = epsilon, .dtype = dtype, .axis = golden.axes("axes")});
  } else if (kind == "group") {
    check_layer(golden, nn::GroupNorm{.num_groups = static_cast<int>(golden.integer("axes")),
                                      .epsilon = epsilon,
                                      .dtype = dtype});
  } else {
    REQUIRE(kind == "instance");
    check_layer(golden, nn::InstanceNorm{.epsilon = epsilon, .dtype = dtype});
  }
}

}  // namespace

TEST_CASE("normalisations and their derivatives equal PyTorch's") {
  const auto cases = golden_cases("normalization.h5");
  CHECK(cases.size() == 66);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    check_case(golden, float64);
    check_case(golden, float32);
  }
}

}  // namespace linseed::test
