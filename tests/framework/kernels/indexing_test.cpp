// take and its adjoint against loops over their definition.
#include <catch2/catch.hpp>

#include <algorithm>

#include <linseed/framework/kernels/indexing.h>

#include "../../support/kernel_runner.h"

namespace linseed {
namespace {

using namespace linseed::test;  // NOLINT: the helpers of this file
using kernels::TakeAttributes;

struct Case {
  Shape table;
  int axis;
  Shape indices;
};

const std::vector<Case> kCases = {
    {{10}, 0, {}},          {{10}, 0, {25}},         {{10, 7}, 0, {3, 4}}, {{7, 10}, 1, {30}},
    {{4, 10, 50}, 1, {20}}, {{4, 10, 3}, 1, {2, 3}}, {{10, 2}, 0, {40}},   {{10, 33}, 0, {0}},
    {{0, 10, 2}, 1, {3}},   {{10, 0}, 0, {3}},       {{3, 0, 2}, 1, {0}}};

Shape output_shape(const Case& c) {
  Shape result;
  for (int i = 0; i < c.axis; ++i) result.push_back(c.table[i]);
  for (const std::int64_t dim : c.indices) result.push_back(dim);
  for (int i = c.axis + 1; i < c.table.ndim(); ++i) result.push_back(c.table[i]);
  return result;
}

/// Some negative, some out of range on either side.
std::int64_t raw_index(std::int64_t i) { return i * 7 % 31 - 15; }

std::int64_t resolved(std::int64_t index, std::int64_t size) {
  return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size - 1);
}

/// Calls f(place in the output, place in the table) in the order of the indices.
template <class F>
void for_each_pair(const Case& c, const std::vector<std::int64_t>& indices, F f) {
  const std::int64_t size = c.table[c.axis];
  const std::int64_t inner = row_major_strides(c.table)[static_cast<std::size_t>(c.axis)];
  const std::int64_t count = static_cast<std::int64_t>(indices.size());
  const std::int64_t total = output_shape(c).size();
  for (std::int64_t i = 0; i < total; ++i) {
    const std::int64_t outer = i / (count * inner);
    const std::int64_t index = indices[static_cast<std::size_t>(i / inner % count)];
    f(i, (outer * size + resolved(index, size)) * inner + i % inner);
  }
}

template <class Index>
HostArray index_array(const Shape& shape, std::vector<std::int64_t>& indices) {
  const HostArray result = generate<Index>(shape, [](std::int64_t i) {
    return std::is_signed_v<Index> ? raw_index(i) : std::abs(raw_index(i));
  });
  for (const Index index : result.values<Index>()) indices.push_back(index);
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("take reads rows; negative indices count from the end; the rest is clamped", "",
                   bool, std::uint8_t, std::int32_t, std::int64_t, std::uint32_t, float16_t, float,
                   double) {
  using T = TestType;
  for (const Case& c : kCases) {
    INFO(to_string(c.table) << " axis " << c.axis);
    const HostArray table =
        generate<T>(c.table, [](std::int64_t i) { return i * 5 % 23 > 11 ? 1 : i % 19; });
    std::vector<std::int64_t> indices;
    const HostArray index = index_array<std::int32_t>(c.indices, indices);
    const HostArray out = run_one(kernels::take, {table, index}, {output_shape(c), dtype_of<T>()},
                                  TakeAttributes{c.axis, c.table[c.axis]});
    std::int64_t wrong = 0;
    for_each_pair(c, indices, [&](std::int64_t i, std::int64_t place) {
      wrong += out.at<T>(i) != table.at<T>(place);
    });
    CHECK(wrong == 0);
  }
}

TEMPLATE_TEST_CASE("indices may be of three types", "", std::int32_t, std::int64_t, std::uint32_t) {
  const Case c{{10, 7}, 0, {40}};
  const HostArray table = generate<float>(c.table, [](std::int64_t i) { return i; });
  std::vector<std::int64_t> indices;
  const HostArray index = index_array<TestType>(c.indices, indices);
  const HostArray out =
      run_one(kernels::take, {table, index}, {{40, 7}, float32}, TakeAttributes{0, 10});
  for_each_pair(c, indices, [&](std::int64_t i, std::int64_t place) {
    REQUIRE(out.at<float>(i) == table.at<float>(place));
  });
}

TEMPLATE_TEST_CASE("take_adjoint adds each slice at its index, in order", "", std::uint8_t,
                   std::int32_t, std::int64_t, std::uint32_t, float, double) {
  using T = TestType;
  for (const Case& c : kCases) {
    INFO(to_string(c.table) << " axis " << c.axis);
    std::vector<std::int64_t> indices;
    const HostArray index = index_array<std::int64_t>(c.indices, indices);
    // Thirds: a float sum in another order has other bits.
    const HostArray updates = generate<T>(output_shape(c), [](std::int64_t i) {
      return std::is_floating_point_v<T> ? double(i * 37 % 101) / 3 : double(i % 50);
    });
    const HostArray out = run_one(kernels::take_adjoint, {updates, index}, {c.table, dtype_of<T>()},
                                  TakeAttributes{c.axis, c.table[c.axis]});
    HostArray expected({c.table, dtype_of<T>()});
    expected.fill_bytes(0);
    for_each_pair(c, indices, [&](std::int64_t i, std::int64_t place) {
      expected.at<T>(place) = static_cast<T>(expected.at<T>(place) + updates.at<T>(i));
    });
    CHECK(out.has_same_bits(expected));
  }
}

}  // namespace linseed
