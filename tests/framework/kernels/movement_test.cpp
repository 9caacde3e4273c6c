// Movement kernels against index arithmetic, element by element.
#include <catch2/catch.hpp>

#include <linseed/framework/kernels/movement.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file

std::vector<std::int64_t> coordinates(const Shape& shape, std::int64_t place) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(shape.ndim()));
  for (int d = shape.ndim() - 1; d >= 0; --d) {
    result[static_cast<std::size_t>(d)] = place % shape[d];
    place /= shape[d];
  }
  return result;
}

std::int64_t place_of(const Shape& shape, const std::vector<std::int64_t>& coordinates) {
  std::int64_t place = 0;
  for (int d = 0; d < shape.ndim(); ++d) {
    place = place * shape[d] + coordinates[static_cast<std::size_t>(d)];
  }
  return place;
}

template <class T>
HostArray numbered(const Shape& shape) {
  return generate<T>(shape, [](std::int64_t i) {
    return std::is_same_v<T, bool> ? i * 7 % 5 > 2 : i * 7 % 251 + 1;
  });
}

}  // namespace

TEMPLATE_TEST_CASE("transpose puts every element in its place", "", bool, std::uint8_t,
                   std::int32_t, std::int64_t, std::uint32_t, bfloat16_t, float, double) {
  using T = TestType;
  struct Case {
    Shape shape;
    std::vector<int> permutation;
  };
  const std::vector<Case> cases = {
      {{}, {}},
      {{9}, {0}},
      {{70, 45}, {1, 0}},
      {{1, 45}, {1, 0}},
      {{300, 2}, {1, 0}},
      {{2, 300}, {1, 0}},
      {{5, 33, 40}, {0, 2, 1}},
      {{5, 33, 40}, {2, 1, 0}},
      {{5, 33, 40}, {1, 0, 2}},
      {{5, 33, 40}, {1, 2, 0}},
      {{3, 4, 5, 6}, {0, 3, 1, 2}},
      {{3, 4, 5, 6}, {0, 2, 3, 1}},
      {{3, 4, 5, 6}, {3, 1, 2, 0}},
      {{3, 4, 5, 6}, {2, 3, 0, 1}},
      {{3, 1, 5, 1, 2}, {4, 3, 2, 1, 0}},
      {{2, 3, 4, 5, 6}, {4, 0, 3, 1, 2}},
      {{3, 0, 2}, {2, 0, 1}},
  };
  for (const auto& [shape, permutation] : cases) {
    INFO(to_string(shape));
    Shape moved;
    for (const int axis : permutation) moved.push_back(shape[axis]);
    const HostArray x = numbered<T>(shape);
    const HostArray out = run_one(kernels::transpose, {x}, {moved, dtype_of<T>()},
                                  kernels::TransposeAttributes{permutation});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < moved.size(); ++i) {
      const auto to = coordinates(moved, i);
      std::vector<std::int64_t> from(to.size());
      for (std::size_t d = 0; d < to.size(); ++d) from[std::size_t(permutation[d])] = to[d];
      wrong += out.at<T>(i) != x.at<T>(place_of(shape, from));
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("broadcast repeats as NumPy does", "", bool, std::uint8_t, std::int32_t,
                   std::int64_t, std::uint32_t, bfloat16_t, float, double) {
  using T = TestType;
  const std::vector<std::pair<Shape, Shape>> cases = {{{}, {}},
                                                      {{}, {6000}},
                                                      {{1}, {3, 4}},
                                                      {{5}, {1000, 5}},
                                                      {{700, 1}, {700, 9}},
                                                      {{4, 1, 6}, {4, 5, 6}},
                                                      {{1, 5, 1}, {3, 5, 7}},
                                                      {{8, 9}, {8, 9}},
                                                      {{1, 3}, {0, 3}},
                                                      {{0}, {4, 0}}};
  for (const auto& [from, to] : cases) {
    INFO(to_string(from) << " to " << to_string(to));
    const HostArray x = numbered<T>(from);
    const HostArray out = run_one(kernels::broadcast, {x}, {to, dtype_of<T>()});
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < to.size(); ++i) {
      wrong += out.at<T>(i) != x.at<T>(broadcast_place(from, to, i));
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("slice reads start, start + stride, …; pad with an interior writes it back", "",
                   bool, std::uint8_t, std::int32_t, std::int64_t, std::uint32_t, bfloat16_t, float,
                   double) {
  using T = TestType;
  struct Case {
    Shape from, to;
    std::vector<std::int64_t> start, stride;
  };
  const std::vector<Case> cases = {
      {{}, {}, {}, {}},
      {{10}, {4}, {1}, {2}},
      {{6000}, {5000}, {700}, {1}},
      {{8, 9}, {8, 9}, {0, 0}, {1, 1}},
      {{8, 9, 10}, {3, 9, 10}, {5, 0, 0}, {1, 1, 1}},
      {{8, 9, 10}, {8, 4, 10}, {0, 2, 0}, {1, 2, 1}},
      {{8, 9, 10}, {4, 3, 4}, {1, 0, 2}, {2, 4, 2}},
      {{30, 40, 50}, {28, 38, 48}, {1, 1, 1}, {1, 1, 1}},
      {{5, 6}, {0, 6}, {5, 0}, {1, 1}},
      {{5, 6}, {1, 0}, {4, 6}, {3, 2}},
      {{0, 6}, {0, 3}, {0, 1}, {1, 2}},
  };
  for (const auto& [from, to, start, stride] : cases) {
    INFO(to_string(from) << " to " << to_string(to));
    const HostArray x = numbered<T>(from);
    const HostArray sliced =
        run_one(kernels::slice, {x}, {to, dtype_of<T>()}, kernels::SliceAttributes{start, stride});
    HostArray expected({from, dtype_of<T>()});  // what pad is to give: zeros but where slice read
    expected.fill_bytes(0);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < to.size(); ++i) {
      auto place = coordinates(to, i);
      for (std::size_t d = 0; d < place.size(); ++d) place[d] = start[d] + place[d] * stride[d];
      const std::int64_t source = place_of(from, place);
      wrong += sliced.at<T>(i) != x.at<T>(source);
      expected.at<T>(source) = x.at<T>(source);
    }
    CHECK(wrong == 0);

    kernels::PadAttributes pad{.low = start, .high = {}, .interior = stride};
    bool is_exact = true;  // else the last elements do not fit: an empty dimension with a start
    for (std::size_t d = 0; d < start.size(); ++d) {
      const int dim = static_cast<int>(d);
      const std::int64_t extent = to[dim] == 0 ? 0 : (to[dim] - 1) * stride[d] + 1;
      pad.interior[d] = stride[d] - 1;
      pad.high.push_back(from[dim] - start[d] - extent);
      is_exact = is_exact && pad.high[d] >= 0;
    }
    REQUIRE(is_exact);
    CHECK(run_one(kernels::pad, {sliced}, {from, dtype_of<T>()}, pad).has_same_bits(expected));
  }
}

TEMPLATE_TEST_CASE("concatenate keeps the order of its inputs", "", bool, std::uint8_t,
                   std::int32_t, std::int64_t, std::uint32_t, bfloat16_t, float, double) {
  using T = TestType;
  for (const int axis : {0, 1, 2}) {
    for (const std::vector<std::int64_t>& sizes :
         {std::vector<std::int64_t>{3, 1, 4}, {0, 2}, {5}, {0, 0}, {40, 50}}) {
      Shape total{6, 7, 8};
      total[axis] = 0;
      std::vector<HostArray> inputs;
      for (const std::int64_t size : sizes) {
        Shape shape{6, 7, 8};
        shape[axis] = size;
        total[axis] += size;
        inputs.push_back(numbered<T>(shape));
      }
      const HostArray out = run_one(kernels::concatenate, inputs, {total, dtype_of<T>()},
                                    kernels::ConcatenateAttributes{axis});
      std::int64_t wrong = 0;
      for (std::int64_t i = 0; i < total.size(); ++i) {
        auto place = coordinates(total, i);
        std::size_t k = 0;
        std::int64_t& along = place[static_cast<std::size_t>(axis)];
        while (along >= sizes[k]) along -= sizes[k++];
        wrong += out.at<T>(i) != inputs[k].at<T>(place_of(inputs[k].shape(), place));
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("copy copies") {
  const HostArray x = numbered<std::int64_t>({3, 5000});
  CHECK(run_one(kernels::copy, {x}, {{3, 5000}, int64}).has_same_bits(x));
  run_one(kernels::copy, {HostArray({{0}, bool_})}, {{0}, bool_});
}

}  // namespace linseed
