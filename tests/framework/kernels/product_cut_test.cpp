// How products are cut into blocks.
#include <linseed/framework/kernels/product_cut.h>

#include <algorithm>
#include <bit>

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
    const ProductCut cut(m, n, draw(random, {1, 50, 5000}), draw(random, {1, 3, 100}), true);
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
    const ProductCut cut(m, n, 10000, count, false);
    return cut.rows() * cut.columns() * count;
  };
  CHECK(blocks(256, 9216, 1) >= 8);
  CHECK(blocks(128, 128, 1) >= 8);
  CHECK(blocks(32, 256, 1) == 8);
  CHECK(blocks(32, 10, 1) == 3);        // no block is lower than 12 rows
  CHECK(blocks(16, 16, 64) == 64);      // many small products are not cut
  CHECK(blocks(1568, 32, 1) % 2 == 0);  // shared equally by two threads
  const ProductCut flat(32, 256, 10000, 1, false);
  CHECK(flat.rows() == 1);  // b is read once
}

TEST_CASE("threads share the depth of a product that is deep and whose sums are few") {
  const auto depths = [](std::int64_t m, std::int64_t n, std::int64_t k) {
    return ProductCut(m, n, k, 1, true).depths();
  };
  CHECK(depths(32, 256, 784) == 4);  // a layer's weights are larger than its outputs
  CHECK(depths(256, 128, 9216) == 4);
  CHECK(depths(784, 256, 32) == 1);    // their gradient
  CHECK(depths(128, 3136, 256) == 1);  // the gradient of its input
  CHECK(depths(512, 512, 512) == 1);
  CHECK(ProductCut(32, 256, 784, 1, false).depths() == 1);
  CHECK(ProductCut(32, 256, 784, 16, true).depths() == 1);  // threads share the products
}

TEST_CASE("parts of a depth cover it, and depend on it alone") {
  for (std::int64_t k : {0, 1, 255, 256, 257, 512, 513, 784, 2048, 2049, 9216}) {
    const kernels::DepthParts parts(k);
    CAPTURE(k);
    CHECK(parts.begin(0) == 0);
    CHECK(parts.begin(parts.count()) == k);
    CHECK(std::has_single_bit(static_cast<std::uint64_t>(parts.count())));
    for (std::int64_t i = 0; i < parts.count(); ++i) {
      CHECK(parts.begin(i + 1) >= parts.begin(i) + std::min<std::int64_t>(k, 1));
      if (k <= 2048) CHECK(parts.begin(i + 1) - parts.begin(i) <= 256);
    }
  }
}

}  // namespace
}  // namespace linseed::test
