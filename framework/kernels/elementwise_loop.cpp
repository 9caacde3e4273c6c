// The kernel of all element-wise operations. What broadcasts is laid out for a tile at a time, in
// cache: so a loop is written, and fast, for neighbours alone, and rows of 3 or 10 elements are as
// good as long ones.
#include <linseed/framework/kernels/elementwise_loop.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/tiled_input.h>

namespace linseed::kernels {
namespace {

/// A laid out tile of one operand.
struct Copy {
  alignas(64) std::byte bytes[kTile * sizeof(double)];
};

}  // namespace

void run_elementwise(const KernelCall& call, FindLoop find) {
  const Array& output = call.outputs[0];
  const std::int64_t size = output.size();
  if (size == 0) return;
  const std::size_t count = call.inputs.size();
  const std::int64_t tile = tile_length(row_length(output.shape));
  std::array<DType, 3> types{};
  std::array<TiledInput, 3> inputs;
  bool are_whole = true;
  unsigned fetched = Operands::kOutput;
  for (std::size_t k = 0; k < count; ++k) {
    const Array& input = call.inputs[k];
    types[k] = input.dtype;
    inputs[k] = TiledInput(input.shape, input.dtype, output.shape, tile);
    are_whole &= inputs[k].is_whole();
    if (inputs[k].is_whole()) fetched |= 1U << k;
  }
  if (size < kLongElements) fetched = 0;
  const ElementwiseLoop loop = find({std::span(types).first(count), output.dtype});
  const auto output_bytes = static_cast<std::int64_t>(size_of(output.dtype));

  const auto run = [&](std::int64_t begin, std::int64_t end, std::int64_t step) {
    std::array<Copy, 3> copies;
    Operands operands{.fetched = fetched};
    for (std::int64_t first = begin; first < end; first += step) {
      const std::int64_t last = std::min(first + step, end);
      for (std::size_t k = 0; k < count; ++k) {
        const void* const data = call.inputs[k].data;
        if (inputs[k].is_whole()) {
          operands[k] = inputs[k].at(data, first);
        } else if (first == begin || !inputs[k].is_same_in_each_tile()) {
          inputs[k].lay_out(data, first, last, copies[k].bytes);
          operands[k] = copies[k].bytes;
        }
      }
      loop.run(last - first, static_cast<std::byte*>(output.data) + first * output_bytes, operands);
    }
  };
  const std::int64_t item = kTilesPerItem * tile;
  const double cost = loop.cost * static_cast<double>(std::min(size, item));
  call.parallel_for((size + item - 1) / item, cost, [&](std::int64_t begin, std::int64_t end) {
    run(begin * item, std::min(end * item, size), are_whole ? (end - begin) * item : tile);
  });
}

}  // namespace linseed::kernels
