// What inspect finds in BatchNorm layers, and what it does not.
#include <linseed/framework/report/health.h>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/module/collection.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/batch_norm_run.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
const std::string kStats = "stats/%2Fblock%2FBatchNorm_1";
const std::string kParams = "optimizer/target/params/block/BatchNorm_1";

/// What the README has programs save.
struct TrainState {
  optim::Optimizer<optim::Momentum, nn::Model<nn::BatchNorm>> optimizer;
  nn::Collection stats;
  static constexpr auto tree = linseed::fields<&TrainState::optimizer, &TrainState::stats>;
};

Health health_of(const Run& run, const HealthOptions& options = {}) {
  return check_health(run.state(), run.step, options);
}

/// "" if there is just this finding, else what there is instead.
std::string only(const Health& health, Trouble trouble, const std::string& path,
                 const std::vector<std::int64_t>& indices) {
  if (health.findings.size() != 1) return fmt::format("{} findings", health.findings.size());
  const Finding& finding = health.findings[0];
  if (finding.trouble != trouble) return fmt::format("it is {}", name(finding.trouble));
  if (finding.path != path) return "it is at " + finding.path;
  if (finding.indices != indices) return finding.what;
  if (finding.cause.empty() || finding.remedy.empty()) return "no cause or remedy";
  return "";
}

}  // namespace

TEST_CASE("a layer without parameters is not given those of another of its name") {
  const Tree layer{{"scale", floats({0, 0})}, {"bias", floats({1, 1})}};
  const Tree stats{{"/BatchNorm_1", Tree{{"mean", floats({1, 2})}, {"var", floats({1, 2})}}}};
  const Tree params{{"block", Tree{{"BatchNorm_1", layer}}}};
  const auto layers =
      batch_norm_layers(io::describe(Tree{{"params", params}, {"stats", stats}}), 0);
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].params_path.empty());
  CHECK_FALSE(layers[0].scale.defined());
}

TEST_CASE("a sound layer is healthy, and found with its parameters") {
  const Health health = health_of(Run{});
  CHECK(health.findings.empty());
  REQUIRE(health.layers.size() == 1);
  CHECK(health.layers[0].module_path == "/block/BatchNorm_1");
  CHECK(health.layers[0].path == kStats);
  CHECK(health.layers[0].params_path == kParams);
  CHECK(health.updates == 1000);
  CHECK(health.channels() == 4);
}

TEST_CASE("a negative variance is found by its channel") {
  Run run;
  run.var = floats({1.5f, -0.0012f, 0.7f, -3.f});
  const Health health = health_of(run);
  CHECK(only(health, Trouble::negative_variance, kStats + "/var", {1, 3}) == "");
  CHECK(health.findings[0].value == -3);
  CHECK(missing_words(health.findings[0].what, {"channels 1 and 3 of 4", "-3"}) == "");
}

TEST_CASE("averages that are not finite are found, and nothing is made of them") {
  Run run;
  run.mean = floats({kNan, 0, 1, 2});
  CHECK(only(health_of(run), Trouble::non_finite, kStats + "/mean", {0}) == "");
  run = {};
  run.var = floats({1, 1, kInfinity, kNan});
  CHECK(only(health_of(run), Trouble::non_finite, kStats + "/var", {2, 3}) == "");
  run.var = floats({1, 1, -kInfinity, 1});
  CHECK(only(health_of(run), Trouble::non_finite, kStats + "/var", {2}) == "");
}

TEST_CASE("other tensors that are not finite are found") {
  Run run;
  run.kernel = Tensor::from({1.f, 2.f, 3.f, kNan, 5.f, 6.f, 7.f, 8.f}, {2, 4});
  const Health health = health_of(run);
  CHECK(only(health, Trouble::non_finite, "optimizer/target/params/Conv_0/kernel", {3}) == "");
  CHECK(missing_words(health.findings[0].what, {"element [0,3] of 8"}) == "");
}

TEST_CASE("a channel that never varied is found, by 0 or by what is left of the start") {
  Run run;
  run.var = floats({1.5f, 0.f, 0.7f, 3.f});
  CHECK(only(health_of(run), Trouble::constant_channel, kStats + "/var", {1}) == "");
  const float left = std::pow(0.99f, 1000.f);  // 4.3e-5
  run.var = floats({1.5f, left, 0.7f, 2 * left});
  CHECK(only(health_of(run), Trouble::constant_channel, kStats + "/var", {1}) == "");
  CHECK(health_of(run, {.momentum = 0.9}).findings.empty());  // of which 1e-46 is left
  run.step = 500;  // what is left, 0.0066, is no evidence yet
  run.var = floats({1.5f, std::pow(0.99f, 500.f), 0.7f, 3.f});
  CHECK(health_of(run).findings.empty());
}

TEST_CASE("averages that were never updated are found, and why is said") {
  Run run;
  run.mean = zeros({4});
  run.var = ones({4});
  const Health health = health_of(run);
  CHECK(only(health, Trouble::never_updated, kStats, {}) == "");
  CHECK(missing_words(health.findings[0].cause, {"stateful"}) == "");
  run.step = 0;
  CHECK(missing_words(health_of(run).findings.at(0).cause, {"not trained yet"}) == "");
}

TEST_CASE("too few updates are found by the optimizer's step") {
  Run run;
  run.var = floats({1.5f, 0.8f, 0.7f, 3.f});
  run.step = 100;  // 0.99^100 = 0.37
  const Health health = health_of(run);
  CHECK(only(health, Trouble::few_updates, kStats, {}) == "");
  CHECK(health.findings[0].value == Approx(0.366).margin(1e-3));
  run.step = 300;  // 0.049
  CHECK(health_of(run).findings.empty());
  CHECK(health_of(run, {.start_share = 0.01}).findings.size() == 1);
  run.step = 20;
  CHECK(health_of(run, {.momentum = 0.8}).findings.empty());
  CHECK(health_of(run, {.updates = 2000}).findings.empty());
}

TEST_CASE("a small variance proves that little of the start is left") {
  Run run;
  run.step = 100;
  run.var = floats({1.5f, 0.02f, 0.7f, 3.f});  // at most 2 %: the momentum must be another one
  CHECK(health_of(run).findings.empty());
}

TEST_CASE("without a step, averages near their start are found") {
  const Tree stats{{"/bn", Tree{{"mean", floats({0.001f, 0})}, {"var", floats({1.003f, 1})}}}};
  const auto near = check_health(io::describe(stats), 0);
  CHECK(only(near, Trouble::few_updates, "%2Fbn", {}) == "");
  const Tree moved{{"/bn", Tree{{"mean", floats({0.2f, 0})}, {"var", floats({1.003f, 1})}}}};
  CHECK(check_health(io::describe(moved), 0).findings.empty());
  // The step of the checkpoint stands for the optimizer's.
  CHECK(only(check_health(io::describe(moved), 9), Trouble::few_updates, "%2Fbn", {}) == "");
}

TEST_CASE("dead and pinned channels are found by scale and bias") {
  Run run;
  run.scale = floats({0.9f, 0.0005f, -1.f, 0.f});
  Health health = health_of(run);
  CHECK(only(health, Trouble::dead_channel, kParams + "/scale", {1, 3}) == "");
  CHECK(health_of(run, {.dead_scale = 1e-4}).findings.at(0).indices ==
        std::vector<std::int64_t>{3});
  run = {};
  run.bias = floats({9.f, 0.1f, -5.5f, 0.3f});
  health = health_of(run);
  CHECK(only(health, Trouble::pinned_channel, kParams + "/bias", {2}) == "");
  CHECK(health.findings[0].value == Approx(-5.5));
  CHECK(health_of(run, {.pinned = 6}).findings.empty());
}

TEST_CASE("averages of replicas that differ are found, and which channel most") {
  Run run;
  run.mean = Tensor::from({0.5f, 1.f, 2.f, 3.f, 0.5f, 1.f, 4.f, 3.5f}, {2, 4});
  run.var = Tensor::from({1.f, 2.f, 3.f, 4.f, 1.f, 2.f, 3.f, 4.f}, {2, 4});
  Health health = health_of(run);
  CHECK(only(health, Trouble::replica_drift, kStats + "/mean", {2, 3}) == "");
  CHECK(missing_words(health.findings[0].what, {"channel 2", "from 2 to 4"}) == "");
  CHECK(health.channels() == 4);
  run.mean = Tensor::from({0.5f, 1.f, 2.f, 3.f, 0.5f, 1.f, 2.f, 3.f}, {2, 4});
  CHECK(health_of(run).findings.empty());
}

TEST_CASE("a state that was replicated as a whole is told from one with two feature axes") {
  Run run;
  run.mean = Tensor::from({0.5f, 1.f, 2.f, 3.f, 0.5f, 1.f, 4.f, 3.5f}, {2, 4});
  run.var = Tensor::from({1.f, 2.f, 3.f, 4.f, 1.f, 2.f, 3.f, 4.f}, {2, 4});
  const auto twice = [](const Tensor& x) { return stack({x, x}, 0); };
  run.scale = twice(run.scale);
  run.bias = twice(run.bias);
  CHECK(health_of(run).findings.empty());  // axis = {-2, -1}, as far as one can see
  CHECK(health_of(run, {.replicas = 2}).findings.size() == 1);
  run.kernel = twice(run.kernel);
  run.momentum = twice(run.momentum);
  CHECK(only(health_of(run), Trouble::replica_drift, kStats + "/mean", {2, 3}) == "");
}

TEST_CASE("averages of another model than the parameters are found") {
  Run run;
  run.scale = floats({1, 1, 1});
  run.bias = floats({0, 0, 0});
  CHECK(only(health_of(run), Trouble::other_shape, kStats, {}) == "");
}

TEST_CASE("a run of linseed's own is examined by its own layout") {
  const Tensor x = random::normal(random::key(0), {64, 3});
  auto [created, stats] = nn::stateful([&] { return nn::BatchNorm{}.create(random::key(1), x); });
  TrainState state{optim::Momentum{.learning_rate = 0.1f}.create(created.model), stats};
  const auto trouble = [&] {
    const Health health = check_health(io::describe(state), 7);
    REQUIRE(health.layers.size() == 1);
    CHECK(health.layers[0].scale.defined());
    CHECK(health.updates == 0);  // of the optimizer, which has not taken a step
    return health.findings.empty() ? "" : std::string(name(health.findings[0].trouble));
  };
  CHECK(trouble() == "never_updated");
  const auto& model = created.model;
  for (int i = 0; i < 2; ++i)
    state.stats = nn::stateful(state.stats, [&] { return model(x); }).second;
  CHECK(check_health(io::describe(state), 7, {.updates = 2}).findings.at(0).trouble ==
        Trouble::few_updates);
}

}  // namespace linseed::test
