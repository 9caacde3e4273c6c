// Keys and samplers against published vectors, the table of the documentation, and JAX.
#include <linseed/framework/ops/random.h>

#include <algorithm>
#include <numeric>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/golden/ops.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

// JAX's erf⁻¹ in float32 rounds in another order: last digits of values up to 4.
constexpr double kErfInv = 2e-6;
// In float64 JAX's erf⁻¹ is accurate to about 1e-15, times a slope of up to 10 near ±1.
constexpr double kErfInv64 = 1e-12;
// The published table has seven digits.
constexpr double kSevenDigits = 1e-5;

using Words = std::vector<double>;

Tensor key_of(std::uint32_t a, std::uint32_t b) { return Tensor::from({a, b}, {2}); }

}  // namespace

TEST_CASE("threefry gives the published vectors") {
  // bits(key, {2}) hashes the counts (0, 1) as one block; fold_in(key, d) the block (0, d).
  CHECK(values(random::fold_in(key_of(0, 0), 0U)) == Words{0x6b200159, 0x99ba4efe});
  CHECK(values(random::bits(key_of(0, 0), {1})) == Words{0x6b200159});
}

TEST_CASE("keys come from seeds by their upper and lower words") {
  CHECK(values(random::key(0)) == Words{0, 0});
  CHECK(values(random::key(42)) == Words{0, 42});
  check_golden(random::key((std::uint64_t{1} << 40) + 17), golden::kKeyOfLargeSeed, 0);
}

TEST_CASE("split, fold_in and samplers give the documented values for key 0") {
  const Tensor key = random::key(0);
  CHECK(values(random::split(key)) == Words{4146024105, 967050713, 2718843009, 1272950319});
  CHECK(values(random::fold_in(key, 1U)) == Words{928981903, 3453687069});
  CHECK(values(random::fold_in(key, 2U)) == Words{4146024105, 2718843009});
  check_golden(random::normal(key, {1}), {-0.20584227}, kSevenDigits);
  check_golden(random::normal(key, {3}), {1.8160865, -0.48262313, 0.33988908}, kSevenDigits);
  check_golden(random::uniform(key, {4}), {0.96532142, 0.22515893, 0.63302994, 0.29638183}, 1e-7);
  check_golden(random::truncated_normal(key, -2, 2, {4}),
               {1.5905912, -0.7138361, 0.3238575, -0.5082286}, kSevenDigits);
  check_golden(random::bernoulli(key, 0.9, {8}), {1, 1, 1, 0, 1, 0, 1, 1}, 0);
}

TEST_CASE("fold_name gives the documented keys") {
  const std::pair<std::string, Words> table[] = {
      {"kernel", {222416829, 1816268113}},  {"bias", {414100511, 4033189662}},
      {"scale", {2876779651, 1592749752}},  {"embedding", {1606641235, 2283046295}},
      {"dummy", {418025628, 2073738197}},   {"dummy_0", {313066264, 1004953505}},
      {"dummy_1", {2254264923, 107282950}}, {"Dense_0", {1586431120, 1235817813}},
      {"Conv_0", {339359210, 3279575265}},  {"0", {2087800240, 116545052}},
  };
  for (const auto& [name, key] : table) {
    INFO(name);
    CHECK(values(random::fold_name(random::key(0), name)) == key);
  }
  const std::pair<std::string, std::uint32_t> hashes[] = {
      {"kernel", 0xc65a0fb7}, {"bias", 0xe1e8289a}, {"embedding", 0x2f81ba1b}, {"0", 0xb6589fc6}};
  for (const auto& [name, hash] : hashes) {
    CHECK(values(random::fold_name(random::key(3), name)) ==
          values(random::fold_in(random::key(3), hash)));
  }
}

TEST_CASE("keys of nested names are those of the documented test") {
  const Tensor dummy = random::fold_name(random::key(0), "dummy");
  const Tensor kernel = random::fold_name(dummy, "kernel");
  CHECK(values(kernel) == Words{2450571371, 1617467070});
  const Tensor bias = random::fold_name(dummy, "bias");
  CHECK(values(bias) == Words{2279653840, 2016359107});
}

TEST_CASE("keys and bits equal JAX's") {
  const Tensor key = random::key(42);
  check_golden(random::bits(key, {7}), golden::kBits, 0);
  check_golden(random::split(key, 3), golden::kSplit, 0);
  check_golden(random::fold_in(key, 123456789U), golden::kFoldIn, 0);
  check_golden(random::fold_in(key, Tensor(123456789)), golden::kFoldIn, 0);
}

TEST_CASE("samplers equal JAX's in float32") {
  const Tensor key = random::key(42);
  check_golden(random::uniform(key, {7}), golden::kUniform32, 0);
  check_golden(random::uniform(key, {2, 3}, float32, -3, 5), golden::kUniformRange32, 1e-7);
  check_golden(random::normal(key, {9}), golden::kNormal32, kErfInv);
  check_golden(random::truncated_normal(key, -1.5, 0.5, {8}), golden::kTruncatedNormal32, kErfInv);
  check_golden(random::bernoulli(key, 0.3, {16}), golden::kBernoulli, 0);
}

TEST_CASE("samplers equal JAX's in float64") {
  const Tensor key = random::key(42);
  check_golden(random::uniform(key, {7}, float64), golden::kUniform64, 0);
  check_golden(random::uniform(key, {2, 3}, float64, -3, 5), golden::kUniformRange64, 1e-15);
  check_golden(random::normal(key, {9}, float64), golden::kNormal64, kErfInv64);
  check_golden(random::truncated_normal(key, -1.5, 0.5, {8}, float64), golden::kTruncatedNormal64,
               kErfInv64);
}

TEST_CASE("permutations equal JAX's") {
  const Tensor key = random::key(42);
  check_golden(random::permutation(key, 30), golden::kPermutation, 0);
  check_golden(random::permutation(key, 1), golden::kPermutationOfOne, 0);
  const Tensor many = random::permutation(key, 3000);
  check_golden(slice(many, {0}, {12}), golden::kPermutationHead, 0);
  std::vector<double> sorted = values(many);
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == values(arange(3000)));
  CHECK(random::permutation(key, 0).size() == 0);
  CHECK(many.dtype() == int32);
}

TEST_CASE("samples stay inside their bounds") {
  const auto inside = [](const Tensor& x, double low, double high) {
    const auto v = values(x);
    return std::all_of(v.begin(), v.end(), [&](double u) { return u >= low && u < high; });
  };
  const Tensor key = random::key(5);
  CHECK(inside(random::uniform(key, {100000}), 0, 1));
  CHECK(inside(random::uniform(key, {1000}, float64, 2, 2.5), 2, 2.5));
  CHECK(inside(random::truncated_normal(key, -0.5, 0.25, {10000}), -0.5, 0.25));
  const auto sample = values(random::normal(key, {100000}));
  const double mean = std::accumulate(sample.begin(), sample.end(), 0.0) / 1e5;
  CHECK(std::abs(mean) < 0.016);  // five standard errors of a mean of 1e5 numbers
}

TEST_CASE("samplers run under jit with the bits they have outside") {
  const auto f =
      jit([](const Tensor& key) { return random::normal(random::fold_in(key, 3U), {50}); });
  const Tensor key = random::key(9);
  CHECK(bits(f(key)) == bits(random::normal(random::fold_in(key, 3U), {50})));
  const auto drawn = jit([](const Tensor& k) { return random::permutation(k, 5); });
  CHECK_THROWS_WITH(drawn(key), Catch::Contains("jit"));
}

TEST_CASE("limits far out leave float32 nothing to draw, and float64 something") {
  const Tensor key = random::key(1);
  CHECK_THROWS_WITH(
      random::truncated_normal(key, 6, 7, {2}),
      Catch::Contains("truncated_normal: between 6 and 7") && Catch::Contains("float32"));
  const Tensor sample = random::truncated_normal(key, 6, 7, {1000}, float64);
  CHECK(min(sample).item<double>() > 6);
  CHECK(max(sample).item<double>() > min(sample).item<double>());
}

TEST_CASE("samplers refuse what they cannot do") {
  const Tensor key = random::key(1);
  CHECK_THROWS_WITH(random::bits(zeros({3}, uint32), {2}),
                    Catch::Contains("uint32[2]") && Catch::Contains("[3] uint32"));
  CHECK_THROWS_WITH(random::bits(zeros({2}, int32), {2}), Catch::Contains("[2] int32"));
  CHECK_THROWS_WITH(random::uniform(key, {2}, int32), Catch::Contains("int32"));
  CHECK_THROWS_WITH(random::normal(key, {2}, int64), Catch::Contains("int64"));
  CHECK_THROWS_WITH(random::truncated_normal(key, 2, 1, {2}),
                    Catch::Contains("2") && Catch::Contains("below 1"));
  CHECK_THROWS_WITH(random::bernoulli(key, 1.5, {2}), Catch::Contains("1.5"));
  CHECK_THROWS_WITH(random::permutation(key, -1), Catch::Contains("-1"));
  CHECK_THROWS_AS(random::uniform(key, {-1}), InvalidArgument);
}

}  // namespace linseed::test
