// Half precision against Eigen's: all values, and roundings of many.
#include <linseed/framework/core/half.h>

#include <catch2/catch.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstring>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {
namespace {

template <class T>
struct EigensOf;
template <>
struct EigensOf<bfloat16_t> {
  using type = Eigen::bfloat16;
};
template <>
struct EigensOf<float16_t> {
  using type = Eigen::half;
};

template <class T>
bool rounds_as_eigen(float x) {
  const auto theirs = static_cast<typename EigensOf<T>::type>(x);
  const T ours(x);
  if (std::isnan(x)) return std::isnan(ours);
  return ours.bits() == Eigen::numext::bit_cast<std::uint16_t>(theirs);
}

constexpr std::uint32_t kPatterns = 0x10000;

}  // namespace

TEMPLATE_TEST_CASE("every half is the float that Eigen says, and comes back", "", bfloat16_t,
                   float16_t) {
  using T = TestType;
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < kPatterns; ++bits) {
    const T half = T::from_bits(static_cast<std::uint16_t>(bits));
    const auto theirs = Eigen::numext::bit_cast<typename EigensOf<T>::type>(half.bits());
    const float ours = half;
    if (std::isnan(ours)) {
      wrong += !Eigen::numext::isnan(theirs) || !std::isnan(T(ours));
    } else {
      wrong += ours != static_cast<float>(theirs) || T(ours).bits() != half.bits();
    }
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("floats round to nearest, ties to even, as Eigen's do", "", bfloat16_t,
                   float16_t) {
  using T = TestType;
  int wrong = 0;
  // All halves, the middles between neighbours, and the floats beside both.
  for (std::uint32_t bits = 0; bits + 1 < kPatterns; ++bits) {
    const float low = T::from_bits(static_cast<std::uint16_t>(bits));
    const float high = T::from_bits(static_cast<std::uint16_t>(bits + 1));
    const float middle = low / 2 + high / 2;
    for (const float x : {low, middle, high}) {
      for (const float y : {x, std::nextafter(x, -INFINITY), std::nextafter(x, INFINITY)}) {
        wrong += !rounds_as_eigen<T>(y);
      }
    }
  }
  // Every 4,001st float.
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 4001) {
    wrong += !rounds_as_eigen<T>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("doubles are rounded once", "", bfloat16_t, float16_t) {
  using T = TestType;
  int wrong = 0;
  for (std::uint32_t bits = 0x0100; bits < 0x7000; ++bits) {
    const T low = T::from_bits(static_cast<std::uint16_t>(bits));
    const T high = T::from_bits(static_cast<std::uint16_t>(bits + 1));
    const double middle = (double{low} + double{high}) / 2;
    const double beyond = middle * (1 + 0x1p-50);  // as float, it is the middle itself
    const double before = middle * (1 - 0x1p-50);
    wrong += T(beyond).bits() != high.bits() || T(before).bits() != low.bits();
    wrong += T(-beyond).bits() != (high.bits() | 0x8000) || T(middle).bits() % 2 != 0;
  }
  CHECK(wrong == 0);
  CHECK(T(1e300).bits() == std::numeric_limits<T>::infinity().bits());
  CHECK(std::isnan(T(std::nan(""))));
  CHECK(T(-0.0).bits() == 0x8000);
  CHECK(T(std::int64_t{-3}) == -3);
  CHECK(T(true) == 1);
}

TEST_CASE("halves overflow to infinity and keep their limits") {
  CHECK(float16_t(65519.F) == 65504);
  CHECK(float16_t(65520.F) == INFINITY);
  CHECK(float16_t(-1e30) == -INFINITY);
  CHECK(float16_t(0x1p-25).bits() == 0);  // halfway to the smallest: to even
  CHECK(float16_t(0x1.1p-25).bits() == 1);
  CHECK(bfloat16_t(3.4e38F) == INFINITY);
  CHECK(std::numeric_limits<float16_t>::max() == 65504);
  CHECK(std::numeric_limits<float16_t>::min() == 0x1p-14);
  CHECK(std::numeric_limits<float16_t>::denorm_min() == 0x1p-24);
  CHECK(std::numeric_limits<float16_t>::epsilon() == 0x1p-10);
  CHECK(std::numeric_limits<float16_t>::min_exponent10 == -4);
  CHECK(std::numeric_limits<bfloat16_t>::max() == 0x1.fep127);
  CHECK(std::numeric_limits<bfloat16_t>::lowest() == -0x1.fep127);
  CHECK(std::numeric_limits<bfloat16_t>::min() == std::numeric_limits<float>::min());
  CHECK(std::numeric_limits<bfloat16_t>::epsilon() == 0x1p-7);
  CHECK(std::isnan(std::numeric_limits<bfloat16_t>::quiet_NaN()));
  CHECK(std::isnan(std::numeric_limits<float16_t>::signaling_NaN()));
}

TEST_CASE("tensors are made of halves, read as halves and print the shortest digits") {
  const Tensor x = Tensor::from({float16_t(0.1), float16_t(1.0 / 3), float16_t(2.5)}, {3});
  CHECK(x.dtype() == float16);
  CHECK(x.data<float16_t>()[2] == 2.5F);
  CHECK(to_string(x) == "[0.1    0.3333 2.5   ]");  // NumPy's text
  CHECK(to_string(Tensor(float16_t(65504.0))) == "65500.0");
  CHECK(to_string(Tensor(bfloat16_t(1.0 / 3))) == "0.334");
  CHECK(to_string(Tensor::from({bfloat16_t(0.1), bfloat16_t(3)}, {2})) == "[0.1 3. ]");
  CHECK(to_string(Tensor::from({float16_t(INFINITY), float16_t(NAN), float16_t(0.5)}, {3})) ==
        "[inf nan 0.5]");
  CHECK(Tensor(bfloat16_t(2.5)).item<int>() == 2);
  CHECK(Tensor(2.5).item<bfloat16_t>() == 2.5F);
  CHECK_THROWS_WITH(x.data<bfloat16_t>(),
                    Catch::Contains("bfloat16") && Catch::Contains("float16"));
}

}  // namespace linseed
