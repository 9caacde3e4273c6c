// Threefry against its published vectors and JAX's rule for pairing counts.
#include <catch2/catch.hpp>

#include <linseed/framework/kernels/random.h>

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

TEST_CASE("threefry of no counts is empty") { CHECK(hash({1, 2}, {}).empty()); }

}  // namespace linseed
