// Copies between strided spaces: transpose, broadcast, slice, pad, concatenate.
#include <linseed/framework/kernels/movement.h>

#include <cstring>

#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

namespace {

constexpr double kCopyCost = 0.5;   // ns per element
constexpr std::int64_t kTile = 32;  // elements along each side of a transposed tile

// Operands of the spaces in this file.
constexpr std::size_t kTo = 0;
constexpr std::size_t kFrom = 1;

/// Copies every point of a space from one operand to the other.
template <class T>
void copy_space(const KernelCall& call, const StridedSpace& space, T* to, const T* from) {
  for_each_plane(call, space, kCopyCost, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row) {
      copy_row(plane.length, to + plane.offset[kTo] + row * plane.row_stride[kTo],
               plane.stride[kTo], from + plane.offset[kFrom] + row * plane.row_stride[kFrom],
               plane.stride[kFrom]);
    }
  });
}

/// Copies where the source is contiguous along dimension `across`, the target along the last: tile
/// by tile, so that each cache line of the source is used up before it is dropped.
template <class T>
void copy_tiles(const KernelCall& call, const StridedSpace& space, std::size_t across, T* to,
                const T* from) {
  const StridedDim rows = space[across];
  const StridedDim columns = space.back();
  StridedSpace outer(space.begin(), space.end() - 1);
  outer.erase(outer.begin() + static_cast<std::ptrdiff_t>(across));
  collapse(outer);
  const std::int64_t strips = (rows.size + kTile - 1) / kTile;
  const double cost = kCopyCost * static_cast<double>(std::min(kTile, rows.size) * columns.size);
  call.parallel_for(point_count(outer) * strips, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const Plane place = plane_at(outer, item / strips, item / strips + 1);
      const std::int64_t first_row = item % strips * kTile;
      const std::int64_t last_row = std::min(first_row + kTile, rows.size);
      for (std::int64_t first = 0; first < columns.size; first += kTile) {
        const std::int64_t width = std::min(kTile, columns.size - first);
        for (std::int64_t row = first_row; row < last_row; ++row) {
          copy_row(width, to + place.offset[kTo] + row * rows.stride[kTo] + first, 1,
                   from + place.offset[kFrom] + row + first * columns.stride[kFrom],
                   columns.stride[kFrom]);
        }
      }
    }
  });
}

/// The space of `shape` whose operand `k` is a row-major tensor of that shape.
StridedSpace row_major_space(const Shape& shape, std::size_t k) {
  const std::vector<std::int64_t> strides = row_major_strides(shape);
  StridedSpace space(strides.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    space[i].size = shape[static_cast<int>(i)];
    space[i].stride[k] = strides[i];
  }
  return space;
}

/// Every dtype's zero is made of zero bytes.
void fill_with_zeros(const KernelCall& call, const Array& array) {
  const std::size_t bytes = size_of(array.dtype);
  for_each_plane(call, {{.size = array.size()}}, 0.2, [&](const Plane& plane) {
    std::memset(array.as<std::uint8_t>() + static_cast<std::size_t>(plane.position) * bytes, 0,
                static_cast<std::size_t>(plane.length) * bytes);
  });
}

}  // namespace

void transpose(const KernelCall& call) {
  const auto& permutation = call.attributes_as<TransposeAttributes>().permutation;
  const Array& output = call.outputs[0];
  const std::vector<std::int64_t> from_strides = row_major_strides(call.inputs[0].shape);
  StridedSpace space = row_major_space(output.shape, kTo);
  for (std::size_t i = 0; i < space.size(); ++i) {
    space[i].stride[kFrom] = from_strides[static_cast<std::size_t>(permutation[i])];
  }
  if (output.size() == 0) return;
  collapse(space);
  const auto across = static_cast<std::size_t>(
      std::find_if(space.begin(), space.end(),
                   [](const StridedDim& dim) { return dim.stride[kFrom] == 1; }) -
      space.begin());
  visit_dtype(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    if (across + 1 < space.size()) {
      copy_tiles(call, space, across, output.as<T>(), call.inputs[0].as<T>());
    } else {
      copy_space(call, space, output.as<T>(), call.inputs[0].as<T>());
    }
  });
}

void broadcast(const KernelCall& call) {
  const Array& output = call.outputs[0];
  const Array operands[] = {output, call.inputs[0]};
  const StridedSpace space = broadcast_space(output.shape, operands);
  visit_dtype(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    copy_space(call, space, output.as<T>(), call.inputs[0].as<T>());
  });
}

void slice(const KernelCall& call) {
  const auto& attributes = call.attributes_as<SliceAttributes>();
  const Array& output = call.outputs[0];
  const std::vector<std::int64_t> from_strides = row_major_strides(call.inputs[0].shape);
  StridedSpace space = row_major_space(output.shape, kTo);
  std::int64_t origin = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    space[i].stride[kFrom] = attributes.stride[i] * from_strides[i];
    origin += attributes.start[i] * from_strides[i];
  }
  if (output.size() == 0) return;  // the origin may lie behind the input
  collapse(space);
  visit_dtype(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    copy_space(call, space, output.as<T>(), call.inputs[0].as<T>() + origin);
  });
}

void pad(const KernelCall& call) {
  const auto& attributes = call.attributes_as<PadAttributes>();
  const Array& input = call.inputs[0];
  const Array& output = call.outputs[0];
  fill_with_zeros(call, output);
  const std::vector<std::int64_t> to_strides = row_major_strides(output.shape);
  StridedSpace space = row_major_space(input.shape, kFrom);
  std::int64_t origin = 0;
  for (std::size_t i = 0; i < space.size(); ++i) {
    space[i].stride[kTo] = (attributes.interior[i] + 1) * to_strides[i];
    origin += attributes.low[i] * to_strides[i];
  }
  if (input.size() == 0) return;
  collapse(space);
  visit_dtype(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    copy_space(call, space, output.as<T>() + origin, input.as<T>());
  });
}

void concatenate(const KernelCall& call) {
  const int axis = call.attributes_as<ConcatenateAttributes>().axis;
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const std::int64_t inner = row_major_strides(output.shape)[static_cast<std::size_t>(axis)];
  const std::int64_t output_length = output.shape[axis] * inner;
  const std::int64_t outer = output.size() / output_length;
  std::int64_t origin = 0;
  for (const Array& input : call.inputs) {
    const std::int64_t length = input.shape[axis] * inner;
    StridedSpace space{{.size = outer, .stride = {output_length, length}},
                       {.size = length, .stride = {1, 1}}};
    collapse(space);
    visit_dtype(output.dtype, [&](auto zero) {
      using T = decltype(zero);
      copy_space(call, space, output.as<T>() + origin, input.as<T>());
    });
    origin += length;
  }
}

void copy(const KernelCall& call) { broadcast(call); }

}  // namespace linseed::kernels
