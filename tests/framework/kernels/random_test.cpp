// Threefry against its published vectors and JAX's rule for pairing counts.
#include <Random123/threefry.h>
#include <catch2/catch.hpp>

#include <linseed/framework/kernels/random.h>
#include <linseed/tests/support/instruction_sets.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file
using Words = std::vector<std::uint32_t>;

Words hash(const Words& key, const Words& counts) {
  return run_one(kernels::threefry, {vector_of(key), vector_of(counts)},
                 {{static_cast<std::int64_t>(counts.size())}, uint32})
      .values<std::uint32_t>();
}

}  // namespace

TEST_CASE("threefry gives the known answers of Random123") {
  CHECK(hash({0, 0}, {0, 0}) == Words{0x6b200159, 0x99ba4efe});
  CHECK(hash({~0u, ~0u}, {~0u, ~0u}) == Words{0x1cb996fc, 0xbb002be7});
  CHECK(hash({0x13198a2e, 0x03707344}, {0x243f6a88, 0x85a308d3}) == Words{0xc4923a9c, 0x483df7a0});
}

TEST_CASE("threefry pairs the first half of the counts with the second") {
  const Words key{7, 42};
  Words counts(5000);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::uint32_t>(3 * i);
  const Words bits = hash(key, counts);
  for (const std::size_t i : {0u, 1u, 1023u, 1024u, 2499u}) {
    const Words pair = hash(key, {counts[i], counts[i + 2500]});
    CHECK(bits[i] == pair[0]);
    CHECK(bits[i + 2500] == pair[1]);
  }
}

TEST_CASE("threefry appends a zero to an odd number of counts and drops its output") {
  const Words key{1, 2};
  const Words bits = hash(key, {10, 11, 12});
  const Words whole = hash(key, {10, 11, 12, 0});
  CHECK(bits == Words(whole.begin(), whole.begin() + 3));
  CHECK(hash(key, {5}) == Words{hash(key, {5, 0})[0]});
}

TEST_CASE("threefry has the bits of Random123 for any number of counts, on each instruction set") {
  const Words key{0x12345678, 0x9abcdef0};
  const r123::Threefry2x32::key_type reference_key{{key[0], key[1]}};
  for_each_instruction_set([&] {
    for (std::size_t size = 0; size <= 70; ++size) {
      Words counts(size);
      for (std::size_t i = 0; i < size; ++i) counts[i] = static_cast<std::uint32_t>(i * i) - 7;
      const std::size_t half = size - size / 2;
      Words expected(size);
      for (std::size_t i = 0; i < half; ++i) {
        const bool is_whole = half + i < size;
        const r123::Threefry2x32::ctr_type pair{{counts[i], is_whole ? counts[half + i] : 0}};
        const auto bits = r123::Threefry2x32_R<20>{}(pair, reference_key);
        expected[i] = bits[0];
        if (is_whole) expected[half + i] = bits[1];
      }
      INFO(size << " counts");
      CHECK(hash(key, counts) == expected);
    }
  });
}

TEST_CASE("threefry of no counts is empty") { CHECK(hash({1, 2}, {}).empty()); }

}  // namespace linseed
