// Traps of BatchNorm: axes, weight decay, files, and folding.
#include <linseed/tests/traps/support.h>

#include <cmath>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/modules/dense.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

/// Dense, then BatchNorm.
struct Net final : nn::Module<Net> {
  bool train = true;
  Tensor apply(const Tensor& x) const {
    const Tensor y = nn::Dense{.features = 2, .bias = false, .dtype = float64}(x);
    return nn::BatchNorm{.use_running_average = !train, .momentum = 0.5f, .dtype = float64}(y);
  }
};

struct Trained {
  Tree params;
  nn::Collection stats;
  static constexpr auto tree = fields<&Trained::params, &Trained::stats>;
};

/// After a step of the averages away from 0 and 1.
Trained trained() {
  const Tensor x = wide({6, 3}) + 2;
  const auto to_wide = [](const Tensor& t) { return astype(t, float64); };
  const auto made = nn::stateful([&] { return Net{}.init(random::key(0), x); });
  Trained state{tree::map(to_wide, made.first.params), tree::map(to_wide, made.second)};
  state.params["BatchNorm_1"]["scale"] = full({2}, 3.0, float64);
  state.stats = nn::stateful(state.stats, [&] { return Net{}.call(state.params, x); }).second;
  return state;
}

Tensor evaluated(const Trained& state, const Tensor& x) {
  return nn::stateful(state.stats, nn::frozen,
                      [&] { return Net{.train = false}.call(state.params, x); });
}

}  // namespace

TEST_CASE("trap 25: the feature axis is the one that was asked for, with a parameter each") {
  const Tensor x = wide({3, 3, 3, 3}) * 2 + 1;  // no shape can betray an axis
  for (int axis = 0; axis < 4; ++axis) {
    std::vector<int> reduced;
    for (int i = 0; i < 4; ++i) {
      if (i != axis) reduced.push_back(i);
    }
    const Tensor deviation = x - mean(x, Axes(reduced), keepdims);
    const Tensor expected =
        deviation / sqrt(mean(square(deviation), Axes(reduced), keepdims) + 1e-5);
    for (const int written : {axis, axis - 4}) {
      const auto [y, params] =
          nn::BatchNorm{.axis = written, .dtype = float64}.init(random::key(0), x);
      CHECK(distance(y, expected) < 1e-9);  // ε is a float32
      CHECK(params["scale"].tensor().shape() == Shape{3});
    }
    const Tensor other =
        nn::BatchNorm{.axis = (axis + 1) % 4, .dtype = float64}.init(random::key(0), x).output;
    CHECK(distance(other, expected) > 0.01);
  }
}

TEST_CASE("trap 32: weight decay takes scale and bias only if they are given to it") {
  const Tree params = trained().params;
  const Tree none = tree::map([](const Tensor& t) { return zeros_like(t); }, params);
  const optim::Momentum decaying{.learning_rate = 0.1f, .beta = 0.f, .weight_decay = 0.5f};
  const Tree all = decaying.create(params).apply_gradient(none).target;
  CHECK(distance(all["BatchNorm_1"]["scale"], params["BatchNorm_1"]["scale"]) > 0.1);

  // Kernels to one rule, the rest to another.
  const auto part = [](const Tree& tree, const char* name) { return Tree{{name, tree[name]}}; };
  const optim::Momentum plain{.learning_rate = 0.1f, .beta = 0.f};
  const Tree kernels =
      decaying.create(part(params, "Dense_0")).apply_gradient(part(none, "Dense_0")).target;
  const Tree rest =
      plain.create(part(params, "BatchNorm_1")).apply_gradient(part(none, "BatchNorm_1")).target;
  CHECK(bits(rest["BatchNorm_1"]["scale"]) == bits(params["BatchNorm_1"]["scale"]));
  CHECK(bits(rest["BatchNorm_1"]["bias"]) == bits(params["BatchNorm_1"]["bias"]));
  CHECK(distance(kernels["Dense_0"]["kernel"], params["Dense_0"]["kernel"].tensor() * 0.95) <
        1e-7);  // the rates are float32
}

TEST_CASE("trap 33: the averages are in the file, and their lack is an error") {
  const Trained state = trained();
  const Tensor x = wide({4, 3}, 9);
  const TemporaryDirectory whole, partial;
  const Trained blank = tree::map([](const Tensor& t) { return zeros_like(t); }, state);
  save_checkpoint(whole.path(), state, 1);
  const Trained back = restore_checkpoint(whole.path(), blank).value;
  CHECK(bits(evaluated(back, x)) == bits(evaluated(state, x)));
  CHECK(bits(evaluated(blank, x)) != bits(evaluated(state, x)));

  Tree entries;
  entries["/BatchNorm_1"]["mean"] = state.stats["/BatchNorm_1"]["mean"];
  const Trained lacking{state.params, nn::Collection(entries)};
  save_checkpoint(partial.path(), lacking, 1);
  CHECK(fails<InvalidArgument>([&] { restore_checkpoint(partial.path(), blank); },
                               {"var", "missing"}) == "");
  CHECK(breaks(ModuleRule::E15, [&] { evaluated(lacking, x); }, {"\"var\"", "/BatchNorm_1"}) == "");
}

TEST_CASE("trap 34: names with a slash stay apart in a file, and 5000 layers fit") {
  Tree tree{{"a", Tree{{"bn", Tree{{"scale", Tensor(1.f)}}}}}};
  tree["a/bn"]["scale"] = Tensor(2.f);
  for (int i = 0; i < 5000; ++i) {
    tree["a_layer_with_a_long_name_" + std::to_string(i)] = Tensor(static_cast<float>(i));
  }
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), tree, 1);
  const Tree blank = tree::map([](const Tensor& t) { return zeros_like(t); }, tree);
  const Tree back = restore_checkpoint(directory.path(), blank).value;
  CHECK(values(back["a"]["bn"]["scale"].tensor()) == std::vector<double>{1});
  CHECK(values(back["a/bn"]["scale"].tensor()) == std::vector<double>{2});
  const auto saved = tree::leaves(tree), restored = tree::leaves(back);
  REQUIRE(restored.size() == 5002);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < saved.size(); ++i) {
    equal += saved[i].item<float>() == restored[i].item<float>() ? 1U : 0U;
  }
  CHECK(equal == saved.size());
}

TEST_CASE("trap 36: folding makes new parameters, and the model it was made of trains on") {
  const Trained state = trained();
  const Tensor x = wide({6, 3}, 9), w = wide({6, 2}, 2);
  const auto loss = [&](const Tree& p) {
    return nn::stateful(state.stats, [&] { return sum(square(Net{}.call(p, x) - w)); }).first;
  };
  const Tree before = grad(loss)(state.params);

  const Tree& averages = state.stats["/BatchNorm_1"];
  const Tree& norm = state.params["BatchNorm_1"];
  const Tensor factor = norm["scale"].tensor() / sqrt(averages["var"].tensor() + 1e-5);
  const Tree folded{{"kernel", state.params["Dense_0"]["kernel"].tensor() * factor},
                    {"bias", norm["bias"].tensor() - averages["mean"].tensor() * factor}};
  const nn::Dense dense{.features = 2, .dtype = float64};
  CHECK(distance(dense.call(folded, x), evaluated(state, x)) < 1e-9);  // ε is a float32

  const Tree again = grad(loss)(state.params);
  CHECK(bits(again["BatchNorm_1"]["scale"]) == bits(before["BatchNorm_1"]["scale"]));
  const auto step = optim::Momentum{.learning_rate = 0.01f, .beta = 0.f}
                        .create(state.params)
                        .apply_gradient(again);
  CHECK(loss(step.target).item<double>() < loss(state.params).item<double>());
  // The folded parameters are not mistaken for those of the model.
  CHECK_THROWS_AS(Net{}.call(Tree{{"Dense_0", folded}}, x), ModuleError);
}

}  // namespace linseed::test
