// The state of replicas outside of pmap: it is neither saved nor used as that of one model by
// mistake.
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/batch_stats.h>

#include <catch2/catch.hpp>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

const Tree kParams{{"scale", ones({3})}, {"bias", ones({3})}};

/// Three replicas' statistics of three features, after a step on other data each.
nn::Collection trained(const std::string& axis_name) {
  const nn::BatchNorm layer{.axis_name = axis_name};
  return pmap(
      [=](const Tensor& x) {
        auto initial = nn::stateful([&] { return layer.init(random::key(0), x); }).second;
        return nn::stateful(initial, [&] { return layer.call(kParams, x); }).second;
      },
      {.axis_name = "batch"})(uneven({3, 4, 3}));
}

Tensor evaluated(const nn::Collection& stats, const Tensor& x) {
  const nn::BatchNorm layer{.use_running_average = true};
  return nn::stateful(stats, nn::frozen, [&] { return layer.call(kParams, x); });
}

}  // namespace

TEST_CASE("saving running averages that differ between replicas is an error with nothing lost") {
  const TemporaryDirectory directory;
  const nn::Collection stats = trained("");
  save_checkpoint(directory.path(), kParams, 1);
  const auto save = [&](const auto& state) {
    return fails<InvalidArgument>([&] { save_checkpoint(directory.path(), state, 2); },
                                  {"/mean'", "replicas 0 and 1", "sync_batch_stats", "as_dict"});
  };
  CHECK(save(stats) == "");
  CHECK(save(std::pair(kParams, stats)) == "");
  CHECK(save(jit([](const nn::Collection& s) { return pmap([](auto one) { return one; })(s); })(
            stats)) == "");
  CHECK(latest_step(directory.path()) == 1);

  save_checkpoint(directory.path(), unreplicate(nn::sync_batch_stats(stats)), 2);
  save_checkpoint(directory.path(), nn::sync_batch_stats(stats), 3);
  save_checkpoint(directory.path(), trained("batch"), 4);
  save_checkpoint(directory.path(), stats.as_dict(), 5);
  CHECK(latest_step(directory.path()) == 5);
}

TEST_CASE("a function traced before on the same shapes keeps it the state of replicas") {
  const TemporaryDirectory directory;
  const nn::Collection stats = trained("");
  const auto identity = jit([](const nn::Collection& s) { return s; });
  const auto save = [&](const nn::Collection& s) { save_checkpoint(directory.path(), s, 1); };
  const nn::Collection unmarked = identity(nn::Collection(stats.as_dict()));
  CHECK(fails<InvalidArgument>([&] { save(identity(stats)); }, {"replicas 0 and 1"}) == "");
  CHECK_NOTHROW(save(unmarked));
  CHECK(identity.trace_count() == 2);
}

TEST_CASE("the state of replicas is not used as that of one model") {
  const Tensor x = uneven({3, 3});  // of a shape with which it could be
  const auto refused = [&](const nn::Collection& stats) {
    return fails<InvalidArgument>([&] { evaluated(stats, x); },
                                  {"stateful", "3 replicas", "sync_batch_stats", "pmap"});
  };
  const nn::Collection stats = trained("");
  CHECK(refused(stats) == "");
  CHECK(refused(nn::sync_batch_stats(stats)) == "");
  CHECK(fails<InvalidArgument>([&] { nn::stateful(stats, [&] { return x; }); }, {"3 replicas"}) ==
        "");
  nn::Collection given = stats;
  for (const bool evaluating : {true, false}) {
    const nn::BatchNorm layer{.batch_stats = &given, .use_running_average = evaluating};
    CHECK(fails<InvalidArgument>([&] { layer.call(kParams, x); },
                                 {"state: ", "3 replicas", "sync_batch_stats", "; in /"}) == "");
  }
  const nn::Collection one = unreplicate(nn::sync_batch_stats(stats));
  CHECK(refused(replicate(one, 3)) == "");
  const Tensor y = evaluated(one, x);

  CHECK(values(evaluated(unreplicate(replicate(one, 3)), x)) == values(y));
  CHECK(values(take(pmap(evaluated)(replicate(one, 3), replicate(x, 3)), Tensor(2), 0)) ==
        values(y));
  CHECK(values(evaluated(nn::Collection(one.as_dict()), x)) == values(y));
}

TEST_CASE("replicas taken from a state, or averaged, are the state of one model") {
  const nn::Collection stats = pmap([](const nn::Collection& one) { return one; })(
      nn::Collection(Tree{{"/", Tree{{"mean", uneven({3, 2})}, {"var", ones({3, 2})}}}}));
  const auto first = tree::map([](const Tensor& v) { return take(v, Tensor(0), 0); }, stats);
  const nn::BatchNorm layer{.use_running_average = true, .bias = false, .scale = false};
  CHECK_NOTHROW(nn::stateful(first, nn::frozen, [&] { return layer.call({}, uneven({4, 2})); }));
}

}  // namespace linseed::test
