// Random numbers of a sample: the project's own, and of the right distribution.
#include <linseed/framework/data/sample_random.h>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>

namespace linseed::test {

using data::key_words;
using data::SampleRandom;

TEST_CASE("words are those of random::fold_in") {
  for (const std::uint64_t seed : {0ull, 1ull, 0xDEADBEEF12345678ull}) {
    const Tensor key = random::key(seed);
    SampleRandom random(key_words(key));
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto expected = key_words(random::fold_in(key, i));
      CHECK(random.bits() == expected[0]);
      CHECK(random.bits() == expected[1]);
    }
  }
}

TEST_CASE("numbers are uniform, and of whole ones each is as likely") {
  constexpr int kDraws = 60000;
  SampleRandom random(key_words(random::key(4)));
  double sum = 0;
  int times[6] = {}, yes = 0;
  for (int i = 0; i < kDraws; ++i) {
    const float x = random.uniform(2, 5);
    CHECK((x >= 2 && x <= 5));
    sum += x;
    const std::int64_t k = random.below(6);
    REQUIRE((k >= 0 && k < 6));
    ++times[k];
    yes += random.chance(0.25f);
  }
  // Five standard deviations of a mean, and of a count, each of 60,000 draws.
  CHECK(sum / kDraws == Approx(3.5).margin(5 * 0.866 / 245));
  for (const int count : times) CHECK(count == Approx(10000).margin(5 * 91.3));
  CHECK(yes == Approx(15000).margin(5 * 106));
}

TEST_CASE("what is no key is refused") { CHECK_THROWS_AS(key_words(arange(2)), InvalidArgument); }

}  // namespace linseed::test
