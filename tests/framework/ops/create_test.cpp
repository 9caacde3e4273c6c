// Tensors of one number, and of numbers in equal steps.
#include <linseed/framework/ops/create.h>

#include <limits>

#include <linseed/tests/golden/compositions.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>

namespace linseed::test {
namespace {

using Numbers = std::vector<double>;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

template <class... Numbers>
concept Counts = requires(Numbers... numbers) {
  arange(numbers...);
};

}  // namespace

TEST_CASE("full refuses numbers out of the range of the dtype") {
  const auto refuses = [](double number, DType dtype, std::string_view text) {
    return fails<InvalidArgument>([&] { return full({2}, number, dtype); },
                                  {"full", text, name(dtype)});
  };
  CHECK(refuses(300, uint8, "300") == "");
  CHECK(refuses(-1, uint32, "-1") == "");
  CHECK(refuses(0x1p31, int32, "2147483648") == "");
  CHECK(refuses(256.5, uint8, "256.5") == "");
  CHECK(refuses(std::numeric_limits<double>::quiet_NaN(), int64, "nan") == "");
  CHECK(refuses(-std::numeric_limits<double>::infinity(), int64, "-inf") == "");
  CHECK(fails<InvalidArgument>([] { return full({}, std::uint64_t{1} << 63, int64); },
                               {"full", "int64"}) == "");
  CHECK(fails<InvalidArgument>([] { return full({}, 3'000'000'000); }, {"full", "int32"}) == "");
  CHECK(full({}, kMin, int64).item<std::int64_t>() == kMin);
  CHECK(full({}, -0x1p63, int64).item<std::int64_t>() == kMin);
  CHECK(full({}, kMax, int64).item<std::int64_t>() == kMax);
  CHECK(values(full({2}, 255.0, uint8)) == Numbers{255, 255});
  CHECK(values(full({2}, -1.5, int32)) == Numbers{-1, -1});
}

TEST_CASE("full rounds for floating types, and asks for x != 0 for bool") {
  CHECK(full({}, 1e6, float16).item<float>() == std::numeric_limits<float>::infinity());
  CHECK(full({}, 257, bfloat16).item<float>() == 256);
  CHECK(full({}, 0.5, bool_).item<bool>());
  CHECK(full({}, 300, bool_).item<bool>());
  CHECK_FALSE(full({}, 0.0, bool_).item<bool>());
}

TEST_CASE("arange counts from start to stop in steps of either sign") {
  CHECK(values(arange(2, 5)) == Numbers{2, 3, 4});
  CHECK(values(arange(2, 9, 3)) == Numbers{2, 5, 8});
  CHECK(values(arange(2, 8, 3)) == Numbers{2, 5});
  CHECK(values(arange(5, 0, -2)) == Numbers{5, 3, 1});
  CHECK(values(arange(-2, 2, 1, float32)) == Numbers{-2, -1, 0, 1});
  CHECK(arange(2, 5).dtype() == int32);
  CHECK(values(arange(3, 0, -1, uint8)) == Numbers{3, 2, 1});
  for (const Tensor& nothing : {arange(5, 2), arange(2, 2), arange(0, 4, -1)}) {
    CHECK(nothing.shape() == Shape{0});
  }
}

TEST_CASE("arange reaches the ends of int64") {
  CHECK(arange(kMax - 2, kMax, 1, int64).data<std::int64_t>()[1] == kMax - 1);
  const Tensor far = arange(kMin, kMax, kMax, int64);
  REQUIRE(far.size() == 3);
  CHECK(far.data<std::int64_t>()[1] == -1);
  CHECK(far.data<std::int64_t>()[2] == kMax - 1);
  CHECK(arange(kMax, kMin, kMin, int64).size() == 2);
}

TEST_CASE("arange refuses more numbers than a tensor holds, and those its dtype does not have") {
  CHECK(fails<InvalidArgument>([] { return arange(kMin, kMax); },
                               {"arange", "from -9223372036854775808 to 9223372036854775807",
                                "steps of 1", "18446744073709551615 numbers"}) == "");
  CHECK(fails<InvalidArgument>([] { return arange(kMax, float32); }, {"arange", "too many"}) == "");
  CHECK(fails<InvalidArgument>([] { return arange(0, kMin, -3, int64); },
                               {"arange", "steps of -3", "too many"}) == "");
  CHECK(fails<InvalidArgument>([] { return arange(kMax - 2, kMax); },
                               {"arange", "9223372036854775806 is no number of int32"}) == "");
  CHECK(fails<InvalidArgument>([] { return arange(257, uint8); },
                               {"arange", "from 0 to 257", "256", "uint8"}) == "");
  CHECK(fails<InvalidArgument>([] { return arange(-1, 3, 1, uint32); },
                               {"arange", "-1 is no number of uint32"}) == "");
  CHECK(values(arange(256, uint8)).back() == 255);
  CHECK(arange(300, 300, 1, uint8).size() == 0);
}

TEST_CASE("arange refuses steps of 0 when it runs, and fractions when it is compiled") {
  CHECK(fails<InvalidArgument>([] { return arange(1, 4, 0); },
                               {"arange", "1", "4", "steps of 0"}) == "");
  STATIC_REQUIRE(Counts<int, std::int64_t, int, DType>);
  STATIC_REQUIRE_FALSE(Counts<int, int, double>);
  STATIC_REQUIRE_FALSE(Counts<float, int>);
  STATIC_REQUIRE_FALSE(Counts<double>);
}

TEST_CASE("linspace equals JAX's and holds both ends") {
  check_golden(linspace(-1, 3, 8), golden::kLinspace, 2 * 0x1p-23);  // two roundings
  CHECK(values(linspace(0, 1, 5)) == Numbers{0, 0.25, 0.5, 0.75, 1});
  CHECK(values(linspace(2, -2, 3, float64)) == Numbers{2, 0, -2});
  CHECK(linspace(0, 0.1, 7, float64).data<double>()[6] == 0.1);
  CHECK(values(linspace(3, 9, 1)) == Numbers{3});
  CHECK(linspace(0, 1, 0).shape() == Shape{0});
  CHECK(linspace(0, 1, 3).dtype() == float32);
}

TEST_CASE("linspace of halves is that of float32, rounded once") {
  for (const DType dtype : {bfloat16, float16}) {
    INFO(name(dtype));
    CHECK(bits(linspace(-1, 3, 1000, dtype)) == bits(astype(linspace(-1, 3, 1000), dtype)));
    // Counted in float16, there would be infinitely many.
    const std::vector<double> many = values(linspace(0, 1, 70001, dtype));
    CHECK(many[35000] == 0.5);
    CHECK(many[70000] == 1);
  }
}

TEST_CASE("linspace refuses what it cannot do") {
  CHECK(fails<InvalidArgument>([] { return linspace(0, 1, -1); }, {"linspace", "-1"}) == "");
  CHECK(fails<InvalidArgument>([] { return linspace(0, 1, 3, int32); },
                               {"linspace", "int32", "astype"}) == "");
}

}  // namespace linseed::test
