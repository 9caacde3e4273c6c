// The programs of the documentation compile and run, and training neither grows nor depends on the
// number of threads.
#include <catch2/catch.hpp>

#include <set>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/graph/node.h>
#include <linseed/linseed.h>
#include <linseed/tests/support/values.h>

namespace nn = linseed::nn;
namespace optim = linseed::optim;
using linseed::Tensor;
using linseed::test::bits;
using linseed::test::uneven;
using linseed::test::values;

namespace {

struct CNN : nn::Module<CNN> {
  bool train = true;

  Tensor apply(Tensor x) const {
    for (int features : {3, 4}) {
      x = nn::Conv{.features = features, .kernel_size = {3, 3}, .bias = false}(x);
      x = nn::BatchNorm{.use_running_average = !train}(x);
      x = nn::relu(x);
      x = nn::max_pool(x, {2, 2}, {2, 2});
    }
    x = linseed::reshape(x, {x.dim(0), -1});
    x = nn::relu(nn::Dense{.features = 16}(x));
    return nn::Dense{.features = 10}(x);
  }
};

struct TrainState {
  optim::Optimizer<optim::Momentum, nn::Model<CNN>> optimizer;
  nn::Collection stats;
  static constexpr auto tree = linseed::fields<&TrainState::optimizer, &TrainState::stats>;
};

struct CountingScale : nn::Module<CountingScale> {
  nn::Initializer scale_init = nn::initializers::ones();

  Tensor apply(const Tensor& x) const {
    Tensor scale = param("scale", {x.dim(-1)}, scale_init);
    auto calls = state("calls", {}, nn::initializers::zeros());
    if (!is_initializing()) calls.set(calls.get() + 1);
    return x * scale;
  }
};

/// One batch of images and labels.
struct Batch {
  Tensor images = uneven({6, 8, 8, 1});
  Tensor labels = Tensor::from({0, 1, 2, 3, 4, 5}, {6});
};

TrainState start(const Batch& batch = {}) {
  auto [created, stats] = nn::stateful(
      [&] { return CNN{}.create_by_shape(linseed::random::key(0), {{batch.images.shape()}}); });
  return {optim::Momentum{.learning_rate = 0.1f, .beta = 0.9f}.create(created.model), stats};
}

constexpr auto train_step = [](auto optimizer, nn::Collection stats, Tensor image, Tensor label,
                               Tensor rate) {
  auto loss_fn = [&](const nn::Model<CNN>& model) {
    auto [logits, new_stats] = nn::stateful(stats, [&] { return model(image); });
    return std::pair(nn::softmax_cross_entropy(logits, label), new_stats);
  };
  auto [loss, new_stats, grads] =
      linseed::value_and_grad(loss_fn, linseed::has_aux)(optimizer.target);
  return std::tuple(optimizer.apply_gradient(grads, &optim::Momentum::learning_rate, rate),
                    new_stats, loss);
};

/// `steps` steps on one batch; calls `after_step(i)` after each. The loss of the last.
template <class Step, class F>
float run(TrainState& state, const Step& step, int steps, const F& after_step,
          const Batch& batch = {}) {
  const auto rate = optim::cosine_schedule(0.1, steps, 1, 0.1);
  Tensor loss;
  for (int i = 0; i < steps; ++i) {
    const Tensor now = rate(state.optimizer.state.step);
    std::tie(state.optimizer, state.stats, loss) =
        step(std::move(state.optimizer), std::move(state.stats), batch.images, batch.labels, now);
    linseed::evaluate(state, loss);
    after_step(i);
  }
  return loss.item<float>();
}

std::string all_bits(const TrainState& state) {
  std::string text;
  for (const Tensor& tensor : linseed::tree::leaves(state)) text += bits(tensor);
  return text;
}

/// Nodes and bytes alive after each step, from the fourth on: all alike.
template <class Step>
void check_constant_memory(const Step& step) {
  TrainState state = start();
  std::int64_t nodes = 0;
  std::size_t bytes = 0;
  bool constant = true;
  run(state, step, 200, [&](int i) {
    if (i == 3) {
      nodes = linseed::Node::count();
      bytes = linseed::Buffer::bytes_in_use();
    }
    constant &=
        i < 4 || (nodes == linseed::Node::count() && bytes == linseed::Buffer::bytes_in_use());
  });
  CHECK(constant);
}

}  // namespace

TEST_CASE("the tensors of the documentation") {
  using namespace linseed;
  Tensor a = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2});
  Tensor b = zeros({2, 2}), c = ones({2}), d = full({3}, 2.5f), e = arange(10), f = Tensor(1.5f);
  Tensor g = (a * 2.f + c - b) / a;
  Tensor h = matmul(a, transpose(a)), s = sum(h, {0}), m = mean(h), v = max(h, {1}, keepdims),
         o = maximum(a, b);
  Tensor w = where(a > 2.f, a, b), i = argmax(a, 1), r = reshape(a, {4, -1}),
         k = astype(a, float64);
  CHECK(values(g) == std::vector<double>{3, 2.5, values(g)[2], 2.25});
  CHECK(values(s) == std::vector<double>{16, 36});
  CHECK(m.item<float>() == 13);
  CHECK(v.shape() == Shape{2, 1});
  CHECK(bits(o) == bits(a));
  CHECK(values(w) == std::vector<double>{0, 0, 3, 4});
  CHECK(values(i) == std::vector<double>{1, 1});
  CHECK(r.shape() == Shape{4, 1});
  CHECK(k.dtype() == float64);
  CHECK(a.dim(-1) == 2);
  CHECK(a.ndim() + a.size() + e.size() + d.size() == 2 + 4 + 10 + 3);
  CHECK(f.item<float>() == 1.5f);
  std::span<const float> y = a.data<float>();
  CHECK(y[3] == 4);
  Tree params{{"Conv_0", {{"kernel", a}}}};
  evaluate(a, h, params);
  CHECK(fmt::format("{}\n", a) == "[[1. 2.]\n [3. 4.]]\n");
  auto [value, gradient] = value_and_grad([](Tensor t) { return sum(t * t); })(a);
  CHECK(value.item<float>() == 30);
  CHECK(values(gradient) == std::vector<double>{2, 4, 6, 8});
  auto doubled = tree::map([](const Tensor& t) { return t * 2.f; }, params);
  CHECK(values(doubled["Conv_0"]["kernel"]) == std::vector<double>{2, 4, 6, 8});
}

TEST_CASE("the layer of one's own of the documentation") {
  const Tensor x = linseed::ones({2, 3});
  auto [created, state] =
      nn::stateful([&] { return CountingScale{}.create(linseed::random::key(0), x); });
  CHECK(values(state["/"]["calls"]) == std::vector<double>{0});
  const auto& model = created.model;
  for (int i = 0; i < 2; ++i) {
    state = nn::stateful(state, [&, &m = model] { return m(x); }).second;
  }
  CHECK(values(state["/"]["calls"]) == std::vector<double>{2});
}

TEST_CASE("the CNN of the documentation learns a batch by heart, and is evaluated") {
  TrainState state = start();
  const auto compiled = linseed::jit(train_step);
  const float loss = run(state, compiled, 60, [](int) {});
  CHECK(compiled.trace_count() == 1);
  CHECK(loss < 0.3f);  // log 10 = 2.3 at the start

  const auto eval_model = state.optimizer.target.partial(&CNN::train, false);
  const auto logits = nn::stateful(state.stats, nn::frozen, [&] {
    return eval_model(uneven({6, 8, 8, 1}));
  });
  CHECK(logits.shape() == linseed::Shape{6, 10});
}

TEST_CASE("200 training steps with BatchNorm, run at once, keep nodes and memory constant") {
  check_constant_memory(train_step);
}

TEST_CASE("200 training steps with BatchNorm, compiled, keep nodes and memory constant") {
  check_constant_memory(linseed::jit(train_step));
}

TEST_CASE("training gives the same bits with 1, 2 or 4 threads, compiled or not") {
  // Large enough for its kernels to be shared among threads.
  const Tensor labels = linseed::astype(linseed::arange(96) >= 40, linseed::int32);
  const Batch batch{uneven({96, 16, 16, 1}), labels};
  const auto no_op = [](int) {};
  const int before = linseed::num_threads();
  std::vector<float> losses;
  const auto check_bits = [&](const auto& step) {
    std::set<std::string> results;
    for (const int threads : {1, 2, 4}) {
      linseed::set_num_threads(threads);
      TrainState state = start(batch);
      losses.push_back(run(state, step, 4, no_op, batch));
      results.insert(all_bits(state));
    }
    CHECK(results.size() == 1);
  };
  check_bits(linseed::jit(train_step));
  check_bits(train_step);
  linseed::set_num_threads(before);
  // Only what jit re-associates differs, by some units in the last place.
  CHECK(losses.back() == Approx(losses.front()).epsilon(1e-5));
}
