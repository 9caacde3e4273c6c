// Index spaces: how they collapse, and how a range of points is cut into planes.
#include <linseed/framework/kernels/strided.h>

#include <functional>
#include <numeric>

namespace linseed::kernels {

namespace {

/// Whether walking through all of `inner` moves every operand by one step of `outer`.
bool are_joinable(const StridedDim& outer, const StridedDim& inner) {
  for (std::size_t k = 0; k < inner.stride.size(); ++k) {
    if (outer.stride[k] != inner.size * inner.stride[k]) return false;
  }
  return true;
}

}  // namespace

std::int64_t point_count(const StridedSpace& space) {
  return std::transform_reduce(space.begin(), space.end(), std::int64_t{1}, std::multiplies<>(),
                               [](const StridedDim& dim) { return dim.size; });
}

void collapse(StridedSpace& space) {
  StridedSpace joined;
  for (const StridedDim& dim : space) {
    if (dim.size == 1) continue;
    if (!joined.empty() && are_joinable(joined.back(), dim)) {
      joined.back() = {joined.back().size * dim.size, dim.stride};
    } else {
      joined.push_back(dim);
    }
  }
  if (joined.empty()) joined.emplace_back();
  space = std::move(joined);
}

StridedSpace without_last(StridedSpace space) {
  space.pop_back();
  if (space.empty()) space.emplace_back();
  return space;
}

void move_long_one_last(StridedSpace& space, std::int64_t enough) {
  auto chosen = std::find_if(space.rbegin(), space.rend(),
                             [=](const StridedDim& dim) { return dim.size >= enough; });
  if (chosen == space.rend()) {
    chosen = std::max_element(space.rbegin(), space.rend(),
                              [](const auto& a, const auto& b) { return a.size < b.size; });
  }
  std::rotate(chosen.base() - 1, chosen.base(), space.end());
}

StridedSpace broadcast_space(const Shape& output, std::span<const Array> inputs) {
  const bool is_flat = std::all_of(inputs.begin(), inputs.end(), [&](const Array& input) {
    return input.shape == output || input.size() == 1;
  });
  if (is_flat) {
    StridedSpace space{{.size = output.size()}};
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      space[0].stride[k] = inputs[k].shape == output ? 1 : 0;
    }
    return space;
  }
  StridedSpace space(static_cast<std::size_t>(output.ndim()));
  for (int i = 0; i < output.ndim(); ++i) space[static_cast<std::size_t>(i)].size = output[i];
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Shape& shape = inputs[k].shape;
    const std::vector<std::int64_t> strides = row_major_strides(shape);
    const std::size_t lead = space.size() - strides.size();
    for (std::size_t i = 0; i < strides.size(); ++i) {
      if (shape[static_cast<int>(i)] != 1) space[lead + i].stride[k] = strides[i];
    }
  }
  collapse(space);
  return space;
}

Plane plane_at(const StridedSpace& space, std::int64_t first, std::int64_t last) {
  return planes_at(space, first, last).first;
}

Planes planes_at(const StridedSpace& space, std::int64_t first, std::int64_t last) {
  const StridedDim& inner = space.back();
  Planes planes{.first = {.position = first, .stride = inner.stride}};
  Plane& plane = planes.first;
  if (space.size() == 1) {
    plane.length = last - first;
    for (std::size_t k = 0; k < 3; ++k) plane.offset[k] = first * inner.stride[k];
    return planes;
  }
  std::int64_t index = first;
  std::array<std::int64_t, 3> place{};  // along the last three dimensions, the last one first
  for (std::size_t d = 0; d < space.size(); ++d) {
    const StridedDim& dim = space[space.size() - 1 - d];
    const std::int64_t coordinate = index % dim.size;
    index /= dim.size;
    if (d < place.size()) place[d] = coordinate;
    for (std::size_t k = 0; k < 3; ++k) plane.offset[k] += coordinate * dim.stride[k];
  }
  const StridedDim& rows = space[space.size() - 2];
  plane.row_stride = rows.stride;
  if (place[0] != 0 || last - first < inner.size) {  // part of one row
    plane.length = std::min(inner.size - place[0], last - first);
    return planes;
  }
  plane.length = inner.size;
  plane.rows = std::min(rows.size - place[1], (last - first) / inner.size);
  if (space.size() > 2 && plane.rows == rows.size) {
    const StridedDim& outer = space[space.size() - 3];
    planes.count = std::min(outer.size - place[2], (last - first) / (plane.rows * plane.length));
    planes.stride = outer.stride;
  }
  return planes;
}

}  // namespace linseed::kernels
