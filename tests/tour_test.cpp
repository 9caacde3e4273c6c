// A tour of linseed, to be read from top to bottom: each test shows one idea.
#include <catch2/catch.hpp>

#include <linseed/linseed.h>
#include <linseed/tests/support/temporary_directory.h>

namespace nn = linseed::nn;
namespace optim = linseed::optim;
using linseed::Tensor;

TEST_CASE("1. tensors: immutable, row-major, broadcasting like NumPy") {
  const Tensor a = Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2});
  const Tensor b = a * 2.f + linseed::ones({2});  // [2] stretches over the rows of [2,2]
  CHECK(b.shape() == linseed::Shape{2, 2});       // known at once …
  CHECK(b.data<float>()[3] == 9);                 // … but computed only now, when it is read
  CHECK(linseed::sum(a).item<float>() == 10);
  CHECK(fmt::format("{}", linseed::matmul(a, linseed::transpose(a))) == "[[ 5. 11.]\n [11. 25.]]");
}

TEST_CASE("2. derivatives: a function in, a function out") {
  const auto cube = [](Tensor x) { return x * x * x; };
  CHECK(linseed::grad(cube)(Tensor(2.f)).item<float>() == 12);                 // 3 x²
  CHECK(linseed::grad(linseed::grad(cube))(Tensor(2.f)).item<float>() == 12);  // 6 x
}

// 3. A module is a struct with options and an `apply`. Its parameters are not members: `param`
// makes them at init and finds them later. Sub-modules are used like functions.
struct Mlp : nn::Module<Mlp> {
  int hidden = 8;

  Tensor apply(Tensor x) const {
    x = nn::relu(nn::Dense{.features = hidden}(x));
    return nn::Dense{.features = 3}(x);
  }
};

TEST_CASE("3. modules: the same apply makes the parameters and uses them") {
  const auto key = linseed::random::key(0);  // randomness is explicit: same key, same numbers
  const Tensor x = linseed::ones({5, 2});
  const auto [y, params] = Mlp{}.init(key, x);
  CHECK(y.shape() == linseed::Shape{5, 3});
  CHECK(params["Dense_0"]["kernel"].tensor().shape() == linseed::Shape{2, 8});
  CHECK(Mlp{}.call(params, x).data<float>()[0] == y.data<float>()[0]);

  // A model is a module together with its parameters. Shapes are enough to make one.
  const auto model = Mlp{.hidden = 4}.create_by_shape(key, {{{1, 2}}}).model;
  CHECK(model(x).shape() == linseed::Shape{5, 3});
  CHECK(model.params["Dense_1"]["bias"].tensor().shape() == linseed::Shape{3});
}

TEST_CASE("4. state: goes in as a value and comes out as another") {
  const nn::BatchNorm training{.momentum = 0.5f};
  const Tensor x = Tensor::from({1.f, 3.f}, {2, 1});

  // At init the running averages are made: mean 0, variance 1.
  auto [made, stats] = nn::stateful([&] { return training.create(linseed::random::key(0), x); });
  CHECK(stats["/"]["mean"].tensor().item<float>() == 0);

  // A training step returns new averages (the batch has mean 2); the old ones are untouched.
  const auto& model = made.model;
  const auto [y, new_stats] = nn::stateful(stats, [&, &m = model] { return m(x); });
  CHECK(new_stats["/"]["mean"].tensor().item<float>() == 1);
  CHECK(stats["/"]["mean"].tensor().item<float>() == 0);

  // Evaluation reads them, frozen. The mode is an option of the module, not a global flag.
  const auto eval_model = model.partial(&nn::BatchNorm::use_running_average, true);
  const Tensor z = nn::stateful(new_stats, nn::frozen, [&] { return eval_model(x); });
  CHECK(z.data<float>()[0] == Approx(0).margin(1e-4));  // (1 − mean 1) / √…
}

TEST_CASE("5. training: gradient, optimizer, one compiled step") {
  // Eight points on the line y = 2 x + 1.
  const Tensor x = linseed::reshape(linseed::arange(8, linseed::float32) / 8, {8, 1});
  const Tensor y = x * 2 + 1;

  const auto model = nn::Dense{.features = 1}.create(linseed::random::key(0), x).model;
  auto optimizer = optim::Momentum{.learning_rate = 0.1f}.create(model);

  // jit traces the function once; afterwards only its plan runs.
  const auto step = linseed::jit([](auto state, Tensor input, Tensor target) {
    const auto loss_of = [&](const nn::Model<nn::Dense>& candidate) {
      const Tensor error = candidate(input) - target;
      return linseed::mean(error * error);
    };
    auto [loss, gradient] = linseed::value_and_grad(loss_of)(state.target);
    return std::pair(state.apply_gradient(gradient), loss);
  });

  Tensor loss;
  for (int i = 0; i < 200; ++i) std::tie(optimizer, loss) = step(optimizer, x, y);
  CHECK(step.trace_count() == 1);
  CHECK(loss.item<float>() < 1e-4f);
  const linseed::Tree& learned = optimizer.target.params;
  CHECK(learned["kernel"].tensor().item<float>() == Approx(2).margin(0.05));
  CHECK(learned["bias"].tensor().item<float>() == Approx(1).margin(0.05));
}

TEST_CASE("6. errors: what broke, both sides, and where") {
  const auto params = Mlp{}.init(linseed::random::key(0), linseed::ones({1, 2})).params;
  CHECK_THROWS_WITH(Mlp{}.named("mlp").call(params, linseed::ones({1, 3})),
                    "E12: the parameter \"kernel\" has shape [2,8], but [3,8] is asked for; give "
                    "an input of the size that init was given, or make the parameters anew with "
                    "init; in /mlp/Dense_0");
}

TEST_CASE("7. checkpoints: any tree, saved whole and restored into its like") {
  const linseed::test::TemporaryDirectory folder;
  const auto model =
      nn::Dense{.features = 2}.create(linseed::random::key(0), linseed::ones({1, 3})).model;
  const auto optimizer = optim::Adam{.learning_rate = 0.1f}.create(model);
  linseed::save_checkpoint(folder.path(), optimizer, 0);

  // The target gives structure and shapes; its own values are not read.
  const auto other =
      nn::Dense{.features = 2}.create(linseed::random::key(7), linseed::ones({1, 3})).model;
  const auto [restored, step] =
      linseed::restore_checkpoint(folder.path(), optim::Adam{.learning_rate = 0.1f}.create(other));
  CHECK(linseed::fingerprint(restored) == linseed::fingerprint(optimizer));
  CHECK(step == 0);

  // Or a part of it: only the model.
  const auto trained = linseed::restore_checkpoint(folder.path(), other, {.at = "target"}).value;
  CHECK(linseed::fingerprint(trained) == linseed::fingerprint(model));
}
