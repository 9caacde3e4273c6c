// Optimisers: descent, momentum and Adam on one problem; compiling a training step.
//
//   sh examples/run.sh 05_optimisers
// Last line to expect: traces for five rates: 1 as tensors, 5 as C++ numbers
#include <linseed/linseed.h>

namespace nn = linseed::nn;
namespace optim = linseed::optim;
using linseed::Tensor;

constexpr int kSteps = 500;

struct Mlp : nn::Module<Mlp> {
  Tensor apply(Tensor x) const {
    x = linseed::tanh(nn::Dense{.features = 32}(x));
    return nn::Dense{.features = 1}(x);
  }
};

/// The problem: 64 points of a sine.
struct Points {
  Tensor x = linseed::reshape(linseed::arange(64, linseed::float32) / 32 - 1, {64, 1});
  Tensor y = linseed::sin(x * 3.14159265f);
};

/// The losses of a run. A rule such as Adam is a struct of numbers; with parameters, and what it
/// remembers of past gradients, it makes an optimizer. Each step makes a new one of the old.
template <class Rule>
std::vector<float> losses(const Rule& rule, const optim::Schedule& rate) {
  const Points points;
  // jit runs this code once, at the first call, on placeholders, and plans what it asks for; all
  // calls run that plan only. So the rate comes from the step's number, which is a tensor.
  const auto step = linseed::jit([=](auto optimizer) {
    const auto loss_of = [&](const nn::Model<Mlp>& model) {
      const Tensor error = model(points.x) - points.y;
      return linseed::mean(error * error);
    };
    const auto [loss, gradient] = linseed::value_and_grad(loss_of)(optimizer.target);
    const Tensor now = rate(optimizer.state.step);
    return std::pair(optimizer.apply_gradient(gradient, &Rule::learning_rate, now), loss);
  });
  auto optimizer = rule.create(Mlp{}.create(linseed::random::key(0), points.x).model);
  std::vector<float> result;
  for (int i = 0; i < kSteps; ++i) {
    Tensor loss;
    std::tie(optimizer, loss) = step(std::move(optimizer));
    result.push_back(loss.item<float>());
  }
  return result;
}

/// Prints mean squared errors. A fixed rate may jump about the minimum; a falling one settles.
void compare() {
  const auto fixed = [](float rate) { return [=](const Tensor&) { return Tensor(rate); }; };
  const auto falling = optim::cosine_schedule(0.3, kSteps, 1);  // half a cosine, from 0.3 to 0
  const std::vector<std::pair<std::string, std::vector<float>>> runs{
      {"descent", losses(optim::Momentum{.learning_rate = 0, .beta = 0}, fixed(0.05f))},
      {"momentum", losses(optim::Momentum{.learning_rate = 0, .beta = 0.9f}, fixed(0.05f))},
      {"Nesterov", losses(optim::Momentum{.learning_rate = 0, .nesterov = true}, fixed(0.05f))},
      {"Adam", losses(optim::Adam{.learning_rate = 0}, fixed(0.3f))},
      {"Adam, cosine", losses(optim::Adam{.learning_rate = 0}, falling)},
  };
  fmt::print("mean squared errors\nstep");
  for (const auto& [name, loss] : runs) fmt::print("{:>14}", name);
  for (const std::size_t step : {1, 10, 50, 100, 200, 300, 400, 500}) {
    fmt::print("\n{:>4}", step);
    for (const auto& [name, loss] : runs) fmt::print("{:>14.6f}", loss[step - 1]);
  }
}

/// A compiled function may write its result over an argument that is moved in, if nobody else holds
/// it: training needs no second copy of the parameters.
void donate() {
  const auto descend = linseed::jit([](const Tensor& p) { return p - 0.1f * p; });
  Tensor p = linseed::ones({1000});
  const void* place = p.raw_data();
  p = descend(std::move(p));
  fmt::print("\n\nmoved in, comes out in the same memory: {}", p.raw_data() == place);
  const Tensor kept = p;
  p = descend(std::move(p));
  fmt::print("; if held elsewhere, too: {}\n", p.raw_data() == place);
}

/// A plan is made for each kind of arguments: shapes and dtypes of tensors, values of all else.
void count_traces() {
  const auto descend = [](const Tensor& p, linseed::Scalar rate) { return p - rate * p; };
  const auto by_tensor = linseed::jit(descend), by_number = linseed::jit(descend);
  for (const float rate : {0.1f, 0.2f, 0.3f, 0.4f, 0.5f}) {
    by_tensor(linseed::ones({3}), linseed::Scalar(Tensor(rate)));
    by_number(linseed::ones({3}), linseed::Scalar(rate));
  }
  fmt::print("traces for five rates: {} as tensors, {} as C++ numbers\n", by_tensor.trace_count(),
             by_number.trace_count());
}

int main() {
  compare();
  donate();
  count_traces();
}
