// Traps of BatchNorm: its derivatives, and how they are checked.
#include <linseed/tests/traps/support.h>

#include <algorithm>
#include <cmath>

#include <linseed/framework/autodiff/check_gradients.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/pooling.h>

namespace linseed::test {
namespace {

/// The derivative of Σ w · layer(x) in x.
Tensor input_gradient(const nn::BatchNorm& layer, const Tensor& x, const Tensor& w) {
  return grad([&](const Tensor& at) { return sum(layer.call({}, at) * w); })(x);
}

/// The right values, but the statistics are taken for constants on the way back.
Tensor frozen_statistics(const Tensor& x) {
  const Tensor deviation = x - stop_gradient(mean(x, {0}));
  return deviation * stop_gradient(rsqrt(mean(square(deviation), {0}) + 1e-5));
}

Tensor right(const Tensor& x) { return bare().call({}, x); }

template <class M>
Tree wide_parameters(const M& module, const Tensor& x) {
  return tree::map([](const Tensor& p) { return astype(p, float64); },
                   module.init(random::key(0), x).params);
}

/// The parameters that cannot learn: those whose derivatives of an unevenly weighted sum of the
/// result are below a millionth of the largest one.
template <class M>
std::vector<std::string> dead_parameters(const M& module, const Tensor& x) {
  const Tree gradient = grad([&](const Tree& p) {
    const Tensor y = module.call(p, x);
    return sum(y * wide(y.shape(), 2));
  })(wide_parameters(module, x));
  const auto largest = [](const Tensor& t) { return values(max(abs(t)))[0]; };
  double most = 0;
  for (const Tensor& t : tree::leaves(gradient)) most = std::max(most, largest(t));
  std::vector<std::string> dead;
  for (const auto& leaf : tree::named_leaves(gradient)) {
    if (largest(leaf.tensor) < 1e-6 * most) dead.push_back(leaf.path());
  }
  return dead;
}

/// The elements that x shows, in memory one after the other.
Tensor copy_of(const Tensor& x) {
  const auto numbers = values(x);
  return Tensor::from(std::span<const double>(numbers), x.shape());
}

}  // namespace

TEST_CASE("trap 05: derivatives have the terms of other replicas") {
  const Tensor x = wide({6, 2}), w = wide({6, 2}, 2);
  const auto on = [&](const nn::BatchNorm& layer) {
    return reshape(pmap([&](const Tensor& own,
                            const Tensor& weights) { return input_gradient(layer, own, weights); },
                        kBatch)(shard(x, 3), shard(w, 3)),
                   {6, 2});
  };
  const Tensor whole = input_gradient(bare(), x, w);
  CHECK(distance(on(bare(0, "batch")), whole) < 1e-12);
  CHECK(distance(on(bare()), whole) > 0.1);
}

TEST_CASE("trap 06: the update does not grow with the number of replicas") {
  const Tensor x = wide({8, 1}), start = full({1}, 0.5, float64);
  const auto loss = [](const Tensor& p, const Tensor& own) { return mean(square(p * own - 1.0)); };
  const Tensor one = grad(loss)(start, x);
  for (const int replicas : {1, 2, 4}) {
    const auto [once, twice] = pmap(
        [&](const Tensor& own) {
          const auto joint = [&](const Tensor& p) { return pmean(loss(p, own), "batch"); };
          return std::pair(pmean(grad(loss)(start, own), "batch"),
                           psum(grad(joint)(start), "batch"));
        },
        kBatch)(shard(x, replicas));
    CHECK(distance(unreplicate(once), one) < 1e-12);
    // The derivative of pmean is that of all replicas' sum, so a sum of it counts each R times.
    CHECK(distance(unreplicate(twice), one * replicas) < 1e-12);
  }
}

TEST_CASE("trap 07: scale and bias get each replica's own derivative, reduced by the trainer") {
  nn::BatchNorm joint = bare(0, "batch"), alone = bare();
  joint.scale = joint.bias = alone.scale = alone.bias = true;
  const Tree params{{"scale", wide({2}, 5)}, {"bias", wide({2}, 6)}};
  const Tensor x = wide({6, 2}), w = wide({6, 2}, 2);
  const auto gradient = [&](const nn::BatchNorm& layer, const Tensor& own, const Tensor& weights) {
    return grad([&](const Tree& p) { return mean(layer.call(p, own) * weights); })(params);
  };
  const Tree whole = gradient(alone, x, w);
  const auto [local, reduced] = pmap(
      [&](const Tensor& own, const Tensor& weights) {
        const Tree g = gradient(joint, own, weights);
        return std::pair(g, pmean(g, "batch"));
      },
      kBatch)(shard(x, 3), shard(w, 3));
  for (const char* name : {"scale", "bias"}) {
    const Tensor each = local[name];
    const Tensor all = reduced[name];
    CHECK(distance(all, broadcast_to(whole[name], {3, 2})) < 1e-12);
    CHECK(distance(each, all) > 0.01);  // it was not reduced before
  }
}

TEST_CASE("trap 08: a check needs something to learn in front of batch norm") {
  const Tensor x = wide({5, 3});
  const auto behind = [&](const auto& norm) {
    return check_gradients([&](const Tensor& p) { return matmul(norm(x), p); }, wide({3, 2}, 2));
  };
  const auto around = [&](const auto& norm) {
    return check_gradients([&](const Tensor& front,
                               const Tensor& back) { return matmul(norm(matmul(x, front)), back); },
                           std::tuple(wide({3, 3}, 3), wide({3, 2}, 2)));
  };
  CHECK(behind(frozen_statistics).passes());  // blind
  CHECK_FALSE(around(frozen_statistics).passes());
  CHECK(around(right).passes());
}

TEST_CASE("trap 09: a plain sum of normalised values has derivative 0, whatever the factor") {
  const Tensor x = wide({5, 2});
  const auto doubled = [](const Tensor& at) { return right(at) * 2.0 - stop_gradient(right(at)); };
  CHECK(distance(doubled(x), right(x)) < 1e-12);
  CHECK(check_gradients([&](const Tensor& at) { return sum(doubled(at)); }, x).passes());  // blind
  // With uneven weights, as check_gradients takes for a result that is not a scalar:
  CHECK_FALSE(check_gradients(doubled, x).passes());
  CHECK_FALSE(check_gradients(frozen_statistics, x).passes());
  CHECK(check_gradients(right, x).passes());
}

TEST_CASE("trap 10: running averages are constants on the way back") {
  // 1 / √(4 + 0) has no rounding.
  const nn::BatchNorm eval{
      .use_running_average = true, .epsilon = 0, .dtype = float64, .bias = false};
  const Tensor x = wide({4, 1}), w = wide({4, 1}, 2), scale = full({1}, 3.0, float64);
  const nn::Collection stats = averages(full({1}, 1.0, float64), full({1}, 4.0, float64));
  const Tensor dx = grad([&](const Tensor& at) {
    return sum(nn::stateful(stats, nn::frozen,
                            [&] {
                              return eval.call({{"scale", scale}}, at);
                            }) *
               w);
  })(x);
  CHECK(bits(dx) == bits(w * 1.5));
  // The formula of training takes out the mean, among others.
  CHECK(std::abs(values(sum(dx))[0]) > 0.1);
  CHECK(std::abs(values(sum(input_gradient(bare(), x, w)))[0]) < 1e-12);
}

TEST_CASE("trap 26: a view equals its copy, and so does its derivative") {
  // The derivative of right's result is a view, too.
  const auto agree = [](const auto& view, const Tensor& x) {
    const Tensor w = wide(transpose(view(x)).shape(), 2);
    const auto loss = [&](const Tensor& seen) { return sum(transpose(right(seen)) * w); };
    const auto through = [&](const Tensor& at) { return loss(view(at)); };
    const Tensor copy = copy_of(view(x));
    const Tensor dx = vjp(view, x).second(grad(loss)(copy));
    CHECK(bits(right(view(x))) == bits(right(copy)));
    CHECK(distance(grad(through)(x), dx) < 1e-12);
    CHECK(distance(jit(grad(through))(x), dx) < 1e-12);
    CHECK(distance(jit([&](const Tensor& at) { return right(view(at)); })(x), right(copy)) < 1e-12);
  };
  agree([](const Tensor& x) { return transpose(x); }, wide({3, 4}));
  agree([](const Tensor& x) { return slice(x, {1, 0}, {9, 6}, {2, 2}); }, wide({9, 6}));
  agree([](const Tensor& x) { return slice(transpose(x), {0, 1}, {8, 6}, {3, 2}); }, wide({6, 8}));
}

TEST_CASE("trap 26: features first equal features last, values and derivatives") {
  const Tensor x = wide({2, 3, 4, 5}), w = wide({2, 4, 5, 3}, 2);
  nn::BatchNorm first = bare();
  first.axis = 1;
  const auto last_of = [](const Tensor& t) { return transpose(t, {0, 2, 3, 1}); };
  const auto by_first = [&](const Tensor& at) { return last_of(first.call({}, at)); };
  const auto by_last = [&](const Tensor& at) { return right(last_of(at)); };
  const auto gradient = [&](const auto& f) {
    return grad([&](const Tensor& at) { return sum(f(at) * w); });
  };
  // The same numbers, summed in another order.
  const Tensor y = right(copy_of(last_of(x)));
  const Tensor dx = transpose(input_gradient(bare(), copy_of(last_of(x)), w), {0, 3, 1, 2});
  CHECK(distance(by_first(x), y) < 1e-12);
  CHECK(distance(by_last(x), y) < 1e-12);
  CHECK(distance(jit(by_first)(x), y) < 1e-12);
  CHECK(distance(gradient(by_first)(x), dx) < 1e-12);
  CHECK(distance(gradient(by_last)(x), dx) < 1e-12);
  CHECK(distance(jit(gradient(by_first))(x), dx) < 1e-12);
}

TEST_CASE("trap 31: a way back uses its own forward pass, whatever ran since") {
  const Tensor a = wide({5, 2}), b = wide({5, 2}, 7) * 100.0, w = wide({5, 2}, 2);
  nn::Collection stats = fresh(2, float64);
  const auto forward = [&](const Tensor& x) {
    auto [y, changed] = nn::stateful(stats, [&] { return bare().call({}, x); });
    stats = changed;
    return y;
  };
  const auto [y, pullback] = vjp([&](const Tensor& x) { return forward(x); }, a);
  nn::BatchNorm eval = bare();
  eval.use_running_average = true;
  evaluate(nn::stateful(stats, nn::frozen, [&] { return eval.call({}, b); }), forward(b));
  CHECK(distance(pullback(w), input_gradient(bare(), a, w)) < 1e-15);
  CHECK(distance(pullback(w), input_gradient(bare(), b, w)) > 0.1);
}

TEST_CASE("trap 35: a bias in front of batch norm is dead weight") {
  /// The network of the readme, smaller.
  struct Net : nn::Module<Net> {
    bool conv_bias = false;
    bool normalise = true;
    Tensor apply(Tensor x) const {
      for (const int features : {3, 4}) {
        x = nn::Conv{
            .features = features, .kernel_size = {3, 3}, .bias = conv_bias, .dtype = float64}(x);
        if (normalise) x = nn::BatchNorm{.dtype = float64}(x);
        x = nn::max_pool(nn::relu(x), {2, 2}, {2, 2});
      }
      x = reshape(x, {x.dim(0), -1});
      x = nn::relu(nn::Dense{.features = 8, .dtype = float64}(x));
      return nn::Dense{.features = 3, .dtype = float64}(x);
    }
  };
  const Tensor x = wide({4, 8, 8, 1});
  CHECK(dead_parameters(Net{}, x).empty());
  CHECK(dead_parameters(Net{.conv_bias = true}, x) ==
        std::vector<std::string>{"Conv_0/bias", "Conv_2/bias"});
  CHECK(dead_parameters(Net{.conv_bias = true, .normalise = false}, x).empty());
  // Any other bias, and none: the same result.
  Tree params = wide_parameters(Net{.conv_bias = true}, x), moved = params, without = params;
  for (const char* name : {"Conv_0", "Conv_2"}) {
    moved[name]["bias"] = full(params[name]["bias"].tensor().shape(), 7.0, float64);
    without[name] = Tree{{"kernel", params[name]["kernel"]}};
  }
  CHECK(distance(Net{.conv_bias = true}.call(moved, x), Net{}.call(without, x)) < 1e-11);
}

}  // namespace linseed::test
