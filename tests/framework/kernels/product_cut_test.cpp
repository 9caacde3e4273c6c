// How products are cut into blocks.
#include <linseed/framework/kernels/product_cut.h>

#include <catch2/catch.hpp>

#include <linseed/tests/support/array_runner.h>

namespace linseed::test {
namespace {

using kernels::ProductCut;

TEST_CASE("blocks cover a product once, in whole vectors") {
  Random random(1);
  for (int repeat = 0; repeat < 500; ++repeat) {
    const std::int64_t m = draw(random, 1, draw(random, {5, 40, 3000}));
    const std::int64_t n = draw(random, 1, draw(random, {20, 300, 10000}));
    const ProductCut cut(m, n, draw(random, {1, 3, 100}));
    CAPTURE(m, n, cut.rows(), cut.columns());
    REQUIRE(cut.row(0) == 0);
    REQUIRE(cut.row(cut.rows()) == m);
    REQUIRE(cut.column(0) == 0);
    REQUIRE(cut.column(cut.columns()) == n);
    for (std::int64_t i = 0; i < cut.rows(); ++i) {
      REQUIRE(cut.row(i + 1) > cut.row(i));
      REQUIRE(cut.row(i + 1) - cut.row(i) <= 192);
    }
    for (std::int64_t j = 0; j < cut.columns(); ++j) {
      const std::int64_t width = cut.column(j + 1) - cut.column(j);
      REQUIRE(cut.column(j) % 16 == 0);
      REQUIRE(width >= std::min<std::int64_t>(n, 16));
      REQUIRE(width < 2 * 128 + 16);
    }
  }
}

TEST_CASE(
    "there are blocks for eight threads where a product has them, and no more cuts than that") {
  const auto blocks = [](std::int64_t m, std::int64_t n, std::int64_t count) {
    const ProductCut cut(m, n, count);
    return cut.rows() * cut.columns() * count;
  };
  CHECK(blocks(256, 9216, 1) >= 8);
  CHECK(blocks(128, 128, 1) >= 8);
  CHECK(blocks(32, 256, 1) == 8);
  CHECK(blocks(32, 10, 1) == 3);        // no block is lower than 12 rows
  CHECK(blocks(16, 16, 64) == 64);      // many small products are not cut
  CHECK(blocks(1568, 32, 1) % 2 == 0);  // shared equally by two threads
  const ProductCut flat(32, 256, 1);
  CHECK(flat.rows() == 1);  // b is read once
}

}  // namespace
}  // namespace linseed::test
