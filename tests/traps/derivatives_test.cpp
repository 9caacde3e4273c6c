// Traps of BatchNorm: its derivatives, and how they are checked.
#include <linseed/tests/traps/support.h>

#include <cmath>

#include <linseed/framework/autodiff/check_gradients.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/modules/conv.h>

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

TEST_CASE("trap 26: a transposed view equals its copy, and so does its derivative") {
  const Tensor x = wide({3, 4}), w = wide({4, 3}, 2);
  std::vector<double> numbers;
  const auto source = values(x);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 3; ++j) numbers.push_back(source[j * 4 + i]);
  }
  const Tensor copy = Tensor::from(std::span<const double>(numbers), {4, 3});
  CHECK(bits(right(transpose(x))) == bits(right(copy)));
  const Tensor through = grad([&](const Tensor& at) { return sum(right(transpose(at)) * w); })(x);
  CHECK(bits(transpose(through)) == bits(input_gradient(bare(), copy, w)));
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
  struct Net : nn::Module<Net> {
    bool bias = true;
    bool normalise = true;
    Tensor apply(const Tensor& x) const {
      const nn::Conv conv{
          .features = 2, .kernel_size = {3, 3}, .padding = "VALID", .bias = bias, .dtype = float64};
      const Tensor y = conv(x);
      return normalise ? nn::BatchNorm{.dtype = float64}(y) : y;
    }
  };
  const Tensor x = wide({2, 5, 5, 1}), w = wide({2, 3, 3, 2}, 2);
  const Tree params = tree::map([](const Tensor& p) { return astype(p, float64); },
                                Net{}.init(random::key(0), x).params);
  const Tree with = grad([&](const Tree& p) { return sum(Net{}.call(p, x) * w); })(params);
  CHECK(distance(with["Conv_0"]["bias"], zeros({2}, float64)) < 1e-12);
  CHECK(values(max(abs(with["Conv_0"]["kernel"].tensor())))[0] > 0.1);
  const Tree bare_conv = grad([&](const Tree& p) {
    return sum(Net{.normalise = false}.call(p, x) * w);
  })(Tree{{"Conv_0", params["Conv_0"]}});
  CHECK(distance(bare_conv["Conv_0"]["bias"], zeros({2}, float64)) > 0.1);
  // Any other bias, and none: the same result.
  Tree moved = params;
  moved["Conv_0"]["bias"] = full({2}, 7.0, float64);
  Tree without = params;
  without["Conv_0"] = Tree{{"kernel", params["Conv_0"]["kernel"]}};
  CHECK(distance(Net{}.call(moved, x), Net{.bias = false}.call(without, x)) < 1e-12);
}

}  // namespace linseed::test
