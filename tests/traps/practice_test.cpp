// Traps of BatchNorm: axes, weight decay, files, and folding.
#include <linseed/tests/traps/support.h>

#include <cmath>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/modules/dense.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/framework/io/support.h>

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

/// What a file is read into: zeros like `state`.
template <class T>
T blank(const T& state) {
  return tree::map([](const Tensor& t) { return zeros_like(t); }, state);
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
  const auto stepped = [&](auto decays) {
    // Two optimisers, one with decay, step the leaves that `decays` takes and the others.
    Tree parts[2], result;
    for (const auto& [layer, own] : params) {
      for (const auto& [name, leaf] : own) parts[decays(name) ? 1 : 0][layer][name] = leaf;
    }
    for (const int decay : {0, 1}) {
      const optim::Momentum rule{
          .learning_rate = 0.1f, .beta = 0.f, .weight_decay = decay == 1 ? 0.5f : 0.f};
      const Tree after = rule.create(parts[decay]).apply_gradient(blank(parts[decay])).target;
      for (const auto& [layer, own] : after) {
        for (const auto& [name, leaf] : own) result[layer][name] = leaf;
      }
    }
    return result;
  };
  const Tree all = stepped([](const std::string&) { return true; });
  const Tree kernels = stepped([](const std::string& name) { return name == "kernel"; });
  const Tensor scale = params["BatchNorm_1"]["scale"], kernel = params["Dense_0"]["kernel"];
  // The derivative is 0, so what moves was decayed. The rates are float32.
  CHECK(distance(all["BatchNorm_1"]["scale"], scale * 0.95) < 1e-7);
  CHECK(distance(all["Dense_0"]["kernel"], kernel * 0.95) < 1e-7);
  CHECK(distance(kernels["Dense_0"]["kernel"], kernel * 0.95) < 1e-7);
  CHECK(bits(kernels["BatchNorm_1"]["scale"]) == bits(scale));
  CHECK(bits(kernels["BatchNorm_1"]["bias"]) == bits(params["BatchNorm_1"]["bias"]));
}

TEST_CASE("trap 33: the averages are in the file, and their lack is an error") {
  const Trained state = trained();
  const Tensor x = wide({4, 3}, 9);
  const TemporaryDirectory whole;
  save_checkpoint(whole.path(), state, 1);
  const Trained back = restore_checkpoint(whole.path(), blank(state)).value;
  CHECK(bits(evaluated(back, x)) == bits(evaluated(state, x)));
  CHECK(bits(evaluated(blank(state), x)) != bits(evaluated(state, x)));

  const Tree& averages = state.stats["/BatchNorm_1"];
  struct Lack {
    Tree entries;
    std::string name;      // of what the file lacks
    std::string variable;  // of what is not found without it
  };
  for (const Lack& lack :
       {Lack{{{"/BatchNorm_1", Tree{{"mean", averages["mean"]}}}}, "/var", "\"var\""},
        Lack{{{"/BatchNorm_1", Tree{{"var", averages["var"]}}}}, "/mean", "\"mean\""},
        Lack{{}, "BatchNorm_1", "\"mean\""}}) {
    INFO(lack.name);
    const Trained lacking{state.params, nn::Collection(lack.entries)};
    const TemporaryDirectory partial;
    save_checkpoint(partial.path(), lacking, 1);
    CHECK(fails<InvalidArgument>([&] { restore_checkpoint(partial.path(), blank(state)); },
                                 {"missing from the file", lack.name}) == "");
    CHECK(breaks(ModuleRule::E15, [&] { evaluated(lacking, x); },
                 {lack.variable, "/BatchNorm_1"}) == "");
  }
}

TEST_CASE("trap 34: names with a slash stay apart in a file, and 2500 layers fit") {
  const auto number = [](int i) { return Tensor(static_cast<float>(i)); };
  const auto layer = [&](int i) { return Tree{{"scale", number(i)}, {"bias", number(-i)}}; };
  Trained state{Tree{{"a", Tree{{"bn", layer(1)}}}, {"a/bn", layer(2)}},
                nn::Collection(Tree{{"/a", Tree{{"bn", number(3)}, {"mean", number(4)}}},
                                    {"/a/bn", Tree{{"mean", number(5)}, {"var", number(6)}}}})};
  for (int i = 0; i < 2500; ++i) {
    state.params["a_layer_with_a_long_name_" + std::to_string(i)] = layer(10 + i);
  }
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), state, 1);
  const Trained back = restore_checkpoint(directory.path(), blank(state)).value;
  CHECK(back.params["a"]["bn"]["scale"].tensor().item<float>() == 1);
  CHECK(back.params["a/bn"]["scale"].tensor().item<float>() == 2);
  CHECK(back.stats["/a"]["bn"].tensor().item<float>() == 3);
  CHECK(back.stats["/a/bn"]["mean"].tensor().item<float>() == 5);
  CHECK(tree::leaves(back).size() == 2 * 2502 + 4);
  CHECK(same_tree(back, state));
}

TEST_CASE("trap 36: folding makes a new file, and the model it was made of trains on") {
  const Trained state = trained();
  const Tensor x = wide({6, 3}, 9), w = wide({6, 2}, 2);
  const TemporaryDirectory original, converted;
  const auto file = save_checkpoint(original.path(), state, 1);
  const std::string bytes = read_file(file);

  const Tree& averages = state.stats["/BatchNorm_1"];
  const Tree& norm = state.params["BatchNorm_1"];
  const Tensor factor = norm["scale"].tensor() / sqrt(averages["var"].tensor() + 1e-5);
  const Tree folded{{"kernel", state.params["Dense_0"]["kernel"].tensor() * factor},
                    {"bias", norm["bias"].tensor() - averages["mean"].tensor() * factor}};
  save_checkpoint(converted.path(), folded, 1);
  const Tree served = restore_checkpoint(converted.path(), blank(folded)).value;
  const nn::Dense dense{.features = 2, .dtype = float64};
  CHECK(distance(dense.call(served, x), evaluated(state, x)) < 1e-9);  // ε is a float32

  CHECK(read_file(file) == bytes);
  const Trained back = restore_checkpoint(original.path(), blank(state)).value;
  const auto loss = [&](const Tree& p) {
    return nn::stateful(back.stats, [&] { return sum(square(Net{}.call(p, x) - w)); }).first;
  };
  const auto step = optim::Momentum{.learning_rate = 0.01f, .beta = 0.f}
                        .create(back.params)
                        .apply_gradient(grad(loss)(back.params));
  CHECK(loss(step.target).item<double>() < loss(back.params).item<double>());
  for (const char* name : {"scale", "bias"}) {
    const Tensor trained_on = step.target["BatchNorm_1"][name];
    CHECK(distance(trained_on, back.params["BatchNorm_1"][name]) > 1e-3);
  }
  // The folded parameters are not mistaken for those of the model.
  CHECK_THROWS_AS(Net{}.call(Tree{{"Dense_0", served}}, x), ModuleError);
}

}  // namespace linseed::test
