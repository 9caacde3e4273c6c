// Index spaces, walked plane by plane and point by point.
#include <linseed/framework/kernels/strided.h>

#include <catch2/catch.hpp>

#include <linseed/tests/support/array_runner.h>

namespace linseed::test {
namespace {

using kernels::Plane;
using kernels::StridedSpace;

using Offsets = std::array<std::int64_t, 3>;

StridedSpace draw_space(Random& random) {
  StridedSpace space(static_cast<std::size_t>(draw(random, 1, 5)));
  for (kernels::StridedDim& dim : space) {
    dim.size = draw(random, 1, 4);
    for (std::int64_t& stride : dim.stride) stride = draw(random, 0, 20);
  }
  return space;
}

/// Where each operand is at point number `index`.
Offsets offsets_at(const StridedSpace& space, std::int64_t index) {
  Offsets offsets{};
  for (auto dim = space.rbegin(); dim != space.rend(); ++dim) {
    for (std::size_t k = 0; k < 3; ++k) offsets[k] += index % dim->size * dim->stride[k];
    index /= dim->size;
  }
  return offsets;
}

}  // namespace

TEST_CASE("a walk visits each point of a range once, in order, where it is") {
  Random random(1);
  for (int repeat = 0; repeat < 500; ++repeat) {
    const StridedSpace space = draw_space(random);
    const std::int64_t points = kernels::point_count(space);
    const std::int64_t first = draw(random, 0, points), last = draw(random, first, points);
    std::int64_t next = first;
    kernels::walk(space, first, last, [&](const Plane& plane) {
      REQUIRE(plane.position == next);
      for (std::int64_t row = 0; row < plane.rows; ++row) {
        for (std::int64_t i = 0; i < plane.length; ++i) {
          Offsets offsets = plane.offset;
          for (std::size_t k = 0; k < 3; ++k) {
            offsets[k] += row * plane.row_stride[k] + i * plane.stride[k];
          }
          REQUIRE(offsets == offsets_at(space, next));
          ++next;
        }
      }
    });
    REQUIRE(next == last);
  }
}

TEST_CASE("whole planes in equal steps are found together") {
  const StridedSpace space{{3, {100, 0, 0}}, {4, {20, 0, 0}}, {2, {0, 0, 0}}, {5, {1, 0, 0}}};
  const kernels::Planes planes = kernels::planes_at(space, 10, 120);
  CHECK(planes.first.rows * planes.first.length == 10);
  CHECK(planes.first.offset[0] == 20);
  CHECK(planes.count == 3);
  CHECK(planes.stride[0] == 20);
  CHECK(kernels::planes_at(space, 10, 35).count == 2);
  CHECK(kernels::planes_at(space, 12, 120).count == 1);
}

}  // namespace linseed::test
