// Keys and random numbers as JAX draws them.
#include <algorithm>
#include <functional>
#include <map>

#include <catch2/catch.hpp>

#include <linseed/framework/ops/random.h>
#include <linseed/tests/support/golden_file.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Draw = std::function<Tensor(const Tensor& key, const GoldenCase& golden)>;

Shape shape_of(const GoldenCase& golden) { return golden.shape("shape"); }

DType dtype_of(const GoldenCase& golden) {
  const auto* found = std::ranges::find(kAllDTypes, golden.text("dtype"),
                                        [](DType dtype) { return linseed::name(dtype); });
  REQUIRE(found != std::end(kAllDTypes));
  return *found;
}

/// Each function, with the options that it takes.
const std::map<std::string, Draw>& functions() {
  using G = GoldenCase;
  using T = Tensor;
  static const std::map<std::string, Draw> all{
      {"key", [](const T& key, const G&) { return key; }},
      {"split", [](const T& key, const G& g) { return random::split(key, g.integer("count")); }},
      {"fold_in",
       [](const T& key, const G& g) {
         return random::fold_in(key, static_cast<std::uint32_t>(g.integer("data")));
       }},
      {"bits", [](const T& key, const G& g) { return random::bits(key, shape_of(g)); }},
      {"randint",
       [](const T& key, const G& g) {
         return random::randint(key, shape_of(g), g.integer("low"), g.integer("high"), dtype_of(g));
       }},
      {"permutation",
       [](const T& key, const G& g) { return random::permutation(key, g.integer("n")); }},
      {"bernoulli",
       [](const T& key, const G& g) { return random::bernoulli(key, g.number("p"), shape_of(g)); }},
      {"categorical",
       [](const T& key, const G& g) {
         return random::categorical(key, uneven({5, 4, 6}), static_cast<int>(g.integer("axis")));
       }},
      {"normal",
       [](const T& key, const G& g) { return random::normal(key, shape_of(g), dtype_of(g)); }},
      {"exponential",
       [](const T& key, const G& g) { return random::exponential(key, shape_of(g), dtype_of(g)); }},
      {"gumbel",
       [](const T& key, const G& g) { return random::gumbel(key, shape_of(g), dtype_of(g)); }},
      {"uniform",
       [](const T& key, const G& g) {
         return random::uniform(key, shape_of(g), dtype_of(g), g.number("low"), g.number("high"));
       }},
      {"truncated_normal",
       [](const T& key, const G& g) {
         return random::truncated_normal(key, g.number("low"), g.number("high"), shape_of(g),
                                         dtype_of(g));
       }},
  };
  return all;
}

/// Whole numbers and keys are equal. Logarithms and erf⁻¹ are approximated differently, so the last
/// digits differ; of halves, the last one may be rounded the other way.
double tolerance(DType dtype) {
  switch (dtype) {
    case bfloat16: return 0x1p-8;
    case float16: return 0x1p-11;
    case float32: return 1e-6;
    case float64: return 1e-14;
    default: return 0;
  }
}

}  // namespace

TEST_CASE("keys and random numbers equal JAX's") {
  const auto cases = golden_cases("random.h5");
  std::map<std::string, int> counts;
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    const std::string& function = golden.text("function");
    REQUIRE(functions().contains(function));
    ++counts[function];
    const Tensor key = random::key(static_cast<std::uint64_t>(golden.integer("seed")));
    const Tensor drawn = functions().at(function)(key, golden);
    CHECK(golden_deviation(drawn, golden["result"]) <= tolerance(drawn.dtype()));
  }
  CHECK(counts.size() == functions().size());
}

}  // namespace linseed::test
