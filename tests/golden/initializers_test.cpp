// Initial values as JAX draws them.
#include <map>

#include <catch2/catch.hpp>

#include <linseed/framework/module/initializers.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/support/golden_file.h>

namespace linseed::test {
namespace {

namespace init = nn::initializers;
using init::Distribution;
using init::Fan;

nn::Initializer variance_scaling(const GoldenCase& golden) {
  static const std::map<std::string, Fan> fans{
      {"fan_in", Fan::in}, {"fan_out", Fan::out}, {"fan_avg", Fan::average}};
  static const std::map<std::string, Distribution> distributions{
      {"truncated_normal", Distribution::truncated_normal},
      {"normal", Distribution::normal},
      {"uniform", Distribution::uniform}};
  const Shape axes = golden.shape("axes");
  return init::variance_scaling(3, fans.at(golden.text("fan")),
                                distributions.at(golden.text("distribution")),
                                static_cast<int>(axes[0]), static_cast<int>(axes[1]));
}

nn::Initializer initializer_of(const GoldenCase& golden) {
  static const std::map<std::string, nn::Initializer> named{
      {"lecun_normal", init::lecun_normal()},     {"lecun_uniform", init::lecun_uniform()},
      {"kaiming_normal", init::kaiming_normal()}, {"kaiming_uniform", init::kaiming_uniform()},
      {"xavier_normal", init::xavier_normal()},   {"xavier_uniform", init::xavier_uniform()}};
  const std::string& name = golden.text("initializer");
  if (name == "variance_scaling") return variance_scaling(golden);
  if (name == "normal") return init::normal(golden.number("scale"));
  if (name == "uniform") return init::uniform(golden.number("scale"));
  if (name == "truncated_normal") return init::truncated_normal(0.5, -1, 3);
  if (name == "orthogonal") return init::orthogonal(2, static_cast<int>(golden.integer("axis")));
  if (name == "delta_orthogonal") return init::delta_orthogonal(2);
  return named.at(name);
}

}  // namespace

TEST_CASE("initial values equal JAX's") {
  const auto cases = golden_cases("initializers.h5");
  CHECK(cases.size() == 96);
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    const Tensor drawn = initializer_of(golden)(random::key(7), golden.shape("shape"));
    // Both approximate erf⁻¹, each in its way.
    CHECK(golden_deviation(drawn, golden["result"]) <= 1e-6);
  }
}

}  // namespace linseed::test
