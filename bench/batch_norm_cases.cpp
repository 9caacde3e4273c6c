// B1 to B3: BatchNorm and ReLU on the outputs of K5, K7 and K8, with and without a residual.
//
// "forward" is a training step's way forward: y and the new running averages. Backward needs the
// moments, and what a framework keeps for it is its own business, so it is not measured alone:
// "forward_backward" gives y, the averages, and the gradients of x, scale, bias and residual.
#include <linseed/linseed.h>

#include "case.h"
#include "random_inputs.h"

namespace bench {
namespace {

namespace nn = linseed::nn;
using linseed::Shape;
using linseed::Tensor;
using linseed::Tree;

/// relu(BatchNorm(x)), or relu(BatchNorm(x) + residual).
struct NormRelu : nn::Module<NormRelu> {
  Tensor apply(const Tensor& x, const Tensor& residual) const {
    const Tensor y = nn::BatchNorm{}.named("norm")(x);
    return nn::relu(residual.defined() ? y + residual : y);
  }
};

/// What it is differentiated in.
struct Inputs {
  Tensor x;
  std::vector<Tensor> residual;  // one or none
  Tree params;
  static constexpr auto tree = linseed::fields<&Inputs::x, &Inputs::residual, &Inputs::params>;
};

std::unique_ptr<Work> make_work(const Shape& shape, bool has_residual, bool backward) {
  const auto forward = [](const Inputs& in, const nn::Collection& stats) {
    return nn::stateful(stats, [&] {
      return NormRelu{}.call(in.params, in.x, in.residual.empty() ? Tensor() : in.residual[0]);
    });
  };
  auto [created, stats] = nn::stateful(
      [&] { return NormRelu{}.init(linseed::random::key(0), normal(0, shape), Tensor()); });
  Inputs in{normal(1, shape), {}, created.params};
  if (has_residual) in.residual.push_back(normal(2, shape));
  const Tensor y_bar = normal(3, shape);
  const nn::Collection averages = stats;
  linseed::evaluate(in, y_bar, averages);
  if (!backward) {
    const auto run = linseed::jit(forward);
    return std::make_unique<Repeated>([=] { run(in, averages); });
  }
  const auto run = linseed::jit(
      [forward](const Inputs& inputs, const nn::Collection& old, const Tensor& cotangent) {
        nn::Collection updated;
        const auto y_of = [&](const Inputs& leaves) {
          auto [y, new_stats] = forward(leaves, old);
          updated = new_stats;
          return y;
        };
        auto [y, pullback] = linseed::vjp(y_of, inputs);
        return std::tuple(y, updated, pullback(cotangent));
      });
  return std::make_unique<Repeated>([=] { run(in, averages, y_bar); });
}

struct NormSize {
  const char* name;
  int size, channels;
};

constexpr NormSize kSizes[] = {{"B1", 32, 16}, {"B2", 16, 32}, {"B3", 8, 64}};
constexpr int kBatch = 128;

}  // namespace

std::vector<Case> batch_norm_cases() {
  std::vector<Case> cases;
  for (const auto& [name, size, channels] : kSizes) {
    for (const bool residual : {false, true}) {
      for (const bool backward : {false, true}) {
        const Shape shape{kBatch, size, size, channels};
        const int tensors = (residual ? 3 : 2) * (backward ? 2 : 1);
        cases.push_back({.name = fmt::format("{}{}/{}", name, residual ? "/residual" : "",
                                             backward ? "forward_backward" : "forward"),
                         .bytes = 4.0 * static_cast<double>(shape.size()) * tensors,
                         .spec = {{"kind", "batch_norm"},
                                  {"batch", kBatch},
                                  {"size", size},
                                  {"channels", channels},
                                  {"residual", residual},
                                  {"backward", backward}},
                         .prepare = [=] { return make_work(shape, residual, backward); }});
      }
    }
  }
  return cases;
}

}  // namespace bench
