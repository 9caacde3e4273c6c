// Element types: names, sizes, and where two of them meet.
#include <linseed/framework/core/dtype.h>

#include <catch2/catch.hpp>

namespace linseed {

TEST_CASE("element types have names and sizes") {
  const std::pair<std::string, std::size_t> expected[] = {
      {"bool", 1},     {"uint8", 1},   {"int32", 4},   {"int64", 8},  {"uint32", 4},
      {"bfloat16", 2}, {"float16", 2}, {"float32", 4}, {"float64", 8}};
  REQUIRE(std::size(kAllDTypes) == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CHECK(std::string(name(kAllDTypes[i])) == expected[i].first);
    CHECK(size_of(kAllDTypes[i]) == expected[i].second);
    CHECK(fmt::format("{}", kAllDTypes[i]) == expected[i].first);
  }
}

TEST_CASE("two element types meet where the table says") {
  // Rows and columns in the order of kAllDTypes, as in dtype.h.
  // clang-format off
  constexpr DType kTable[9][9] = {
      {bool_, uint8, int32, int64, uint32, bfloat16, float16, float32, float64},
      {uint8, uint8, int32, int64, uint32, bfloat16, float16, float32, float64},
      {int32, int32, int32, int64, int64, bfloat16, float16, float32, float64},
      {int64, int64, int64, int64, int64, bfloat16, float16, float32, float64},
      {uint32, uint32, int64, int64, uint32, bfloat16, float16, float32, float64},
      {bfloat16, bfloat16, bfloat16, bfloat16, bfloat16, bfloat16, float32, float32, float64},
      {float16, float16, float16, float16, float16, float32, float16, float32, float64},
      {float32, float32, float32, float32, float32, float32, float32, float32, float64},
      {float64, float64, float64, float64, float64, float64, float64, float64, float64},
  };
  // clang-format on
  for (std::size_t i = 0; i < 9; ++i) {
    for (std::size_t j = 0; j < 9; ++j) {
      INFO(name(kAllDTypes[i]) << " with " << name(kAllDTypes[j]));
      CHECK(promote(kAllDTypes[i], kAllDTypes[j]) == kTable[i][j]);
    }
  }
}

TEST_CASE("promotion does not depend on grouping") {
  for (const DType a : kAllDTypes) {
    for (const DType b : kAllDTypes) {
      for (const DType c : kAllDTypes) {
        CHECK(promote(promote(a, b), c) == promote(a, promote(b, c)));
      }
    }
  }
}

TEST_CASE("element types stand for C++ types") {
  for (const DType dtype : kAllDTypes) {
    visit_dtype(dtype, [&](auto zero) { CHECK(dtype_of<decltype(zero)>() == dtype); });
  }
  CHECK(is_floating(float32));
  CHECK(is_floating(bfloat16));
  CHECK(is_half(float16));
  CHECK_FALSE(is_half(float32));
  CHECK(is_integer(uint8));
  CHECK_FALSE(is_integer(bool_));
  CHECK_FALSE(is_floating(int64));
}

}  // namespace linseed
