// Samplers of numbers that are not uniform or normal, against JAX.
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

Tensor key() { return random::key(42); }

// Two logarithms, each with a rounding of its own, of numbers that are equal bit by bit.
constexpr double kLogarithms = 4 * 0x1p-23;
constexpr double kLogarithms64 = 4 * 0x1p-52;

constexpr std::int64_t kTwoTo31 = std::int64_t{1} << 31;

}  // namespace

TEST_CASE("whole numbers equal JAX's, in small, large and whole ranges") {
  using random::randint;
  check_golden(randint(key(), {3, 3}, -3, 10), golden::kRandintSmall, 0);
  check_golden(randint(key(), {3, 3}, -7, 2'000'000'000), golden::kRandintLarge, 0);
  check_golden(randint(key(), {3, 3}, -kTwoTo31, kTwoTo31), golden::kRandintAll, 0);
  check_golden(randint(key(), {3, 3}, 5, 4'000'000'000, uint32), golden::kRandintUnsigned, 0);
  check_golden(randint(key(), {3, 3}, 0, 2 * kTwoTo31, uint32), golden::kRandintAllUnsigned, 0);
  check_golden(randint(key(), {3, 3}, 0, 256, uint8), golden::kRandintBytes, 0);
}

TEST_CASE("whole numbers stay in their range and reach all of it") {
  std::vector<int> counts(6);
  const Tensor drawn = random::randint(key(), {60000}, -2, 4);
  for (const int number : drawn.data<int>()) {
    REQUIRE((number >= -2 && number < 4));
    ++counts[static_cast<std::size_t>(number + 2)];
  }
  // Six standard deviations of 60,000 draws with probability 1/6: 6 √(60000 · 5/36) = 548.
  for (const int count : counts) CHECK(std::abs(count - 10000) < 548);
  CHECK(values(random::randint(key(), {3}, 5, 6)) == Numbers{5, 5, 5});
  CHECK(random::randint(key(), {0}, 0, 6).size() == 0);
}

TEST_CASE("Gumbel and exponential numbers equal JAX's") {
  check_golden(random::gumbel(key(), {7}), golden::kGumbel32, kLogarithms);
  check_golden(random::gumbel(key(), {7}, float64), golden::kGumbel64, kLogarithms64);
  check_golden(random::exponential(key(), {7}), golden::kExponential32, kLogarithms);
  check_golden(random::exponential(key(), {7}, float64), golden::kExponential64, kLogarithms64);
}

TEST_CASE("Gumbel and exponential numbers are finite, with their means") {
  const Tensor gumbel = random::gumbel(key(), {100000});
  const Tensor exponential = random::exponential(key(), {100000});
  CHECK(all(is_finite(gumbel)).item<bool>());
  for (const DType half : {bfloat16, float16}) {
    CHECK(all(is_finite(astype(random::gumbel(key(), {60000}, half), float32))).item<bool>());
  }
  CHECK(min(exponential).item<float>() >= 0);
  // Means γ and 1; five standard errors, σ = π/√6 = 1.28 and 1, of 100,000 numbers.
  CHECK(std::abs(mean(gumbel).item<double>() - 0.5772) < 0.0203);
  CHECK(std::abs(mean(exponential).item<double>() - 1) < 0.0159);
}

TEST_CASE("categories equal JAX's, along any axis and in any number") {
  const Tensor logits = uneven({2, 5, 3}, 6) * 3;
  check_golden(random::categorical(key(), logits, 1), golden::kCategoricalMiddle, 0);
  check_golden(random::categorical(key(), logits, -1, {4, 2, 5}), golden::kCategoricalMany, 0);
  const Tensor one = slice(logits, {0, 0, 0}, {1, 5, 3});
  check_golden(random::categorical(key(), one, 1, {2, 3}), golden::kCategoricalSpread, 0);
}

TEST_CASE("categories come with their probabilities, never with probability 0") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor logits = log(vector({0.1F, 0, 0.6F, 0.3F}));
  CHECK(values(logits)[1] == -infinity);
  const Tensor drawn = random::categorical(key(), logits, 0, {10000});
  CHECK(drawn.dtype() == int32);
  const Numbers frequency = values(mean(one_hot(drawn, 4), 0));
  // Six standard deviations of 10,000 draws: at most 6 · √(0.6 · 0.4 / 10000) = 0.0294.
  CHECK(frequency[0] == Approx(0.1).margin(0.0294));
  CHECK(frequency[1] == 0);
  CHECK(frequency[2] == Approx(0.6).margin(0.0294));
  CHECK(frequency[3] == Approx(0.3).margin(0.0294));
  CHECK(random::categorical(key(), zeros({3}, int32)).shape() == Shape{});
  CHECK(random::categorical(key(), zeros({0, 3})).shape() == Shape{0});
}

TEST_CASE("slices are permuted as JAX permutes them") {
  const Tensor x = reshape(arange(24), {6, 4});
  check_golden(random::permutation(key(), x), golden::kPermutationRows, 0);
  check_golden(random::permutation(key(), x, -1), golden::kPermutationColumns, 0);
  CHECK(random::permutation(key(), zeros({0, 2})).shape() == Shape{0, 2});
}

TEST_CASE("samplers of all kinds run under jit with the bits they have outside") {
  const auto draw = [](const Tensor& k) {
    const Tensor drawn = random::categorical(k, zeros({5}), 0, {20});
    return astype(drawn, float32) + astype(random::randint(k, {20}, 0, 9), float32) +
           random::exponential(k, {20});
  };
  CHECK(bits(jit(draw)(key())) == bits(draw(key())));
}

TEST_CASE("samplers refuse ranges, types and shapes they cannot serve") {
  using random::categorical;
  using random::randint;
  using E = InvalidArgument;
  const Tensor k = key();
  CHECK(fails<E>([&] { return randint(k, {2}, 3, 3); }, {"randint", "3 is not below 3"}) == "");
  CHECK(fails<E>([&] { return randint(k, {2}, 0, kTwoTo31 + 1); },
                 {"randint", "2147483649", "int32"}) == "");
  CHECK(fails<E>([&] { return randint(k, {2}, -1, 5, uint32); }, {"-1", "uint32"}) == "");
  CHECK(fails<E>([&] { return randint(k, {2}, 0, 257, uint8); }, {"257", "uint8"}) == "");
  CHECK(fails<NotSupported>([&] { return randint(k, {2}, 0, 5, int64); }, {"int64", "int32"}) ==
        "");
  CHECK(fails<E>([&] { return random::gumbel(k, {2}, int32); }, {"gumbel", "int32"}) == "");
  CHECK(fails<E>([&] { return random::exponential(k, {2}, int32); }, {"exponential", "int32"}) ==
        "");
  const Tensor logits = zeros({4, 3});
  CHECK(fails<E>([&] { return categorical(k, logits, 2); }, {"categorical", "axis 2"}) == "");
  CHECK(fails<E>([&] { return categorical(k, logits, 1, {3}); }, {"categorical", "[3]", "[4]"}) ==
        "");
  CHECK(fails<E>([&] { return categorical(k, logits, 1, {1}); },
                 {"categorical", "[4,3] float32", "[4]", "[1]"}) == "");
  CHECK(fails<E>([&] { return categorical(k, zeros({2, 0}), 1); }, {"axis 1", "empty"}) == "");
  CHECK(fails<E>([&] { return random::permutation(k, logits, 2); }, {"permutation: axis 2"}) == "");
}

TEST_CASE("each sampler refuses a negative size in its own name") {
  const Tensor k = key();
  const std::map<std::string, std::function<Tensor(const Shape&)>> samplers = {
      {"bits", [&](const Shape& s) { return random::bits(k, s); }},
      {"uniform", [&](const Shape& s) { return random::uniform(k, s); }},
      {"normal", [&](const Shape& s) { return random::normal(k, s); }},
      {"truncated_normal", [&](const Shape& s) { return random::truncated_normal(k, -1, 1, s); }},
      {"bernoulli", [&](const Shape& s) { return random::bernoulli(k, 0.5, s); }},
      {"randint", [&](const Shape& s) { return random::randint(k, s, 0, 9); }},
      {"exponential", [&](const Shape& s) { return random::exponential(k, s); }},
      {"gumbel", [&](const Shape& s) { return random::gumbel(k, s); }},
      {"categorical", [&](const Shape& s) { return random::categorical(k, zeros({3}), 0, s); }}};
  for (const auto& [name, sampler] : samplers) {
    const auto draw = [f = sampler](const Shape& shape) { return [=] { return f(shape); }; };
    const std::string who = name + ": ";
    CHECK(fails<InvalidArgument>(draw({-1}), {who, "[-1]", "negative"}) == "");
    // Whose product is positive.
    CHECK(fails<InvalidArgument>(draw({-2, -3}), {who, "[-2,-3]"}) == "");
  }
  CHECK(fails<InvalidArgument>([&] { return random::split(k, -1); }, {"split: -1 keys"}) == "");
}

}  // namespace linseed::test
