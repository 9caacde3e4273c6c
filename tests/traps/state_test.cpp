// Traps of BatchNorm: how the running averages move.
#include <linseed/tests/traps/support.h>

#include <cmath>
#include <limits>

#include <linseed/framework/plan/jit.h>
#include <linseed/modules/batch_stats.h>
#include <linseed/modules/dense.h>
#include <linseed/optim/momentum.h>

namespace linseed::test {
namespace {

nn::BatchNorm evaluating() {
  nn::BatchNorm layer = bare();
  layer.use_running_average = true;
  return layer;
}

Tensor evaluated(const nn::Collection& stats, const Tensor& x) {
  return nn::stateful(stats, nn::frozen, [&] { return evaluating().call({}, x); });
}

}  // namespace

TEST_CASE("trap 11: momentum is the weight of the old average") {
  const double mean = mean_of(after(bare(0.9f), column({9, 10, 11})))[0];
  CHECK(mean == Approx(1.0).epsilon(1e-6));  // momentum is a float32; inverted: 9
  CHECK(fails<InvalidArgument>(
            [] {
              bare(1.1f).call({}, column({1, 2}));
            },
            {"momentum", "old", "PyTorch"}) == "");
}

TEST_CASE(
    "trap 15: a forgotten mode is an error in a frozen scope, and evaluating changes nothing") {
  const nn::Collection stats = after(bare(0.5f), wide({4, 2}));
  const Tensor x = wide({3, 2}, 2);
  // The default is training, as in flax.nn; whoever evaluates with it is told.
  CHECK(breaks(ModuleRule::E18,
               [&] { nn::stateful(stats, nn::frozen, [&] { return bare().call({}, x); }); },
               {"E18", "use_running_average"}) == "");
  CHECK(bits(evaluated(stats, x)) == bits(evaluated(stats, x)));
  const auto [y, kept] = nn::stateful(stats, [&] { return evaluating().call({}, x); });
  CHECK(mean_of(kept) == mean_of(stats));
  CHECK(var_of(kept) == var_of(stats));
  CHECK(distance(y, bare().call({}, x)) > 0.1);
}

TEST_CASE("trap 16: averages before any update are 0 and 1, not 0 and 0, and never invented") {
  const auto made = nn::stateful([] { return bare().init(random::key(0), uneven({4, 1})); });
  const nn::Collection stats =
      tree::map([](const Tensor& t) { return astype(t, float64); }, made.second);
  const Tensor x = column({3, -1});
  CHECK(distance(evaluated(stats, x), x / std::sqrt(1 + 1e-5)) < 1e-6);
  // A variance that starts at 0 would divide by √ε: about 949 for 3.
  const Tensor zero = evaluated(averages(zeros({1}, float64), zeros({1}, float64)), x);
  CHECK(values(zero)[0] > 900);
  CHECK(breaks(ModuleRule::E15, [&] { evaluated(nn::Collection(), x); }, {"\"mean\"", "/"}) == "");
  CHECK(breaks(ModuleRule::E27, [&] { evaluating().call({}, x); }, {"stateful"}) == "");
}

TEST_CASE("trap 17: averages start slowly, and a pass without momentum recalibrates them") {
  const Tensor x = column({-2, 2});  // variance 4
  nn::Collection stats = averages(zeros({1}, float64), zeros({1}, float64));
  nn::Collection from_one = fresh(1, float64);
  for (int i = 0; i < 100; ++i) {
    const auto update = [&] { return bare(0.99f).call({}, x); };
    stats = nn::stateful(stats, update).second;
    from_one = nn::stateful(from_one, update).second;
  }
  // 4 + (start − 4) 0.99¹⁰⁰; 0.99 is a float32, whose power is off by 6e-7.
  const double left = std::pow(0.99, 100);
  CHECK(var_of(from_one)[0] == Approx(4 - 3 * left).epsilon(1e-5));
  const double slow = var_of(from_one)[0];
  CHECK(std::abs(slow - 4) > 1);
  // The start is known, so its weight can be taken out by the number of steps alone.
  CHECK((slow - left) / (1 - left) == Approx(4).epsilon(1e-5));
  CHECK(var_of(stats)[0] == Approx(4 * (1 - left)).epsilon(1e-5));
  const nn::Collection again = nn::stateful(from_one, [&] { return bare(0).call({}, x); }).second;
  CHECK(var_of(again)[0] == Approx(4).epsilon(1e-12));
}

TEST_CASE("trap 18: init neither moves the averages nor needs the axis") {
  const nn::BatchNorm layer = bare(0.5f, "batch");
  const Tensor x = wide({4, 2}) + 5;
  const nn::Collection stats = nn::stateful([&] { return layer.init(random::key(0), x); }).second;
  CHECK(mean_of(stats) == std::vector<double>{0, 0});
  CHECK(var_of(stats) == std::vector<double>{1, 1});
  // Calling does both.
  CHECK(fails<InvalidArgument>([&] { layer.call({}, x); }, {"\"batch\""}) == "");
  CHECK(mean_of(after(bare(0.5f), x))[0] > 2);
}

TEST_CASE("trap 19: a shared batch norm has one state, updated in order, and one gradient") {
  struct Siamese : nn::Module<Siamese> {
    std::pair<Tensor, Tensor> apply(const Tensor& a, const Tensor& b) const {
      const auto norm = nn::BatchNorm{.momentum = 0.5f, .dtype = float64}.shared("norm");
      const Tensor first = norm(a);
      return {first, norm(b)};
    }
  };
  const Tensor a = column({0, 4}), b = column({10, 10.5});
  const Tree params{
      {"norm", Tree{{"scale", full({1}, 2.0, float64)}, {"bias", full({1}, 1.0, float64)}}}};
  const nn::Collection start(
      Tree{{"/norm", Tree{{"mean", zeros({1}, float64)}, {"var", ones({1}, float64)}}}});
  const auto stats = nn::stateful(start, [&] { return Siamese{}.call(params, a, b); }).second;
  CHECK(stats.as_dict().size() == 1);
  const auto mean = values(stats["/norm"]["mean"].tensor());
  CHECK(mean == std::vector<double>{5.625});  // (0 + 2)/2 = 1, (1 + 10.25)/2; the other way 3.5625
  const auto part = [&](double first, double second) {
    return values(grad([&](const Tree& p) {
                    const auto [y, z] = Siamese{}.call(p, a, b);
                    return sum(y * column({1, 3})) * first + sum(z * column({2, 7})) * second;
                  })(params)["norm"]["scale"]
                      .tensor())[0];
  };
  CHECK(part(1, 1) == Approx(part(1, 0) + part(0, 1)).epsilon(1e-12));
  CHECK(std::abs(part(1, 0)) > 1);
  CHECK(std::abs(part(0, 1)) > 1);
  const nn::Collection back = unreplicate(replicate(stats, 3));
  CHECK(values(back["/norm"]["mean"].tensor()) == mean);
}

TEST_CASE("trap 20: replicas that trained apart are merged by the rule, whichever is first") {
  const Tensor x = Tensor::from({0.0, 2.0, 10.0, 14.0}, {2, 2, 1});
  for (const bool swapped : {false, true}) {
    const Tensor order =
        swapped ? concatenate({slice(x, {1, 0, 0}, {2, 2, 1}), slice(x, {0, 0, 0}, {1, 2, 1})}, 0)
                : x;
    const nn::Collection stats = after_on_replicas(bare(), order);
    CHECK(fails<InvalidArgument>([&] { unreplicate(stats); }, {"sync_batch_stats"}) == "");
    const nn::Collection merged = unreplicate(nn::sync_batch_stats(stats));
    CHECK(mean_of(merged) == std::vector<double>{6.5});  // of 1 and 12
    CHECK(var_of(merged) == std::vector<double>{2.5});   // of 1 and 4: the mean of variances
  }
}

TEST_CASE("trap 24: freezing scale and bias is not evaluating") {
  nn::BatchNorm layer = bare(0.5f);
  layer.scale = layer.bias = true;
  const Tree params{{"scale", ones({1}, float64)}, {"bias", zeros({1}, float64)}};
  const Tensor x = column({1, 5});
  const auto frozen_parameters = [&](const Tree& p) {
    auto [y, stats] = nn::stateful(fresh(1, float64), [&] {
      return layer.call(tree::map([](const Tensor& t) { return stop_gradient(t); }, p), x);
    });
    return std::pair(sum(y * column({1, 3})), stats);
  };
  const auto [loss, stats, gradient] = value_and_grad(frozen_parameters, has_aux)(params);
  CHECK(values(gradient["scale"].tensor()) == std::vector<double>{0});
  CHECK(mean_of(stats) == std::vector<double>{1.5});  // it moved
  nn::BatchNorm eval = layer;
  eval.use_running_average = true;
  const auto kept = nn::stateful(fresh(1, float64), [&] { return eval.call(params, x); }).second;
  CHECK(mean_of(kept) == std::vector<double>{0});
}

TEST_CASE("trap 28: a step keeps the old state where the new one is not finite") {
  const auto raw = [](const nn::Collection& stats, const Tensor& x) {
    return nn::stateful(stats, [&] { return bare(0.5f).call({}, x); }).second;
  };
  const auto guarded = jit([=](const nn::Collection& stats, const Tensor& x) {
    const nn::Collection moved = raw(stats, x);
    Tensor ok(true);
    for (const Tensor& t : tree::leaves(moved)) ok = logical_and(ok, all(is_finite(t)));
    return std::pair(
        tree::map([&](const Tensor& next, const Tensor& old) { return where(ok, next, old); },
                  moved, stats),
        ok);
  });
  const nn::Collection start = fresh(1, float64);
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor good = column({1, 5}), bad = column({1, infinity});
  // Without it, one batch spoils all that follow.
  CHECK_FALSE(std::isfinite(mean_of(raw(raw(start, bad), good))[0]));
  const auto [kept, bad_is_ok] = guarded(start, bad);
  CHECK_FALSE(bad_is_ok.item<bool>());
  CHECK(mean_of(kept) == std::vector<double>{0});
  CHECK(var_of(kept) == std::vector<double>{1});
  const auto [moved, good_is_ok] = guarded(kept, good);
  CHECK(good_is_ok.item<bool>());
  CHECK(mean_of(moved) == std::vector<double>{1.5});
}

}  // namespace linseed::test
