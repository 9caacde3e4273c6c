// The place of the maximum along an axis.
#include <algorithm>

#include <linseed/framework/kernels/reduce.h>

namespace linseed::kernels {

namespace {

constexpr std::int64_t kColumns = 64;  // outputs whose best values stay in registers and L1

/// Whether x takes the place of `best` that stood before it; the first NaN stays.
template <class T>
bool beats(T x, T best) {
  return x > best || (x != x && best == best);
}

/// Scans `rows` rows of `width` neighbouring columns.
template <class T>
void find_places(std::int32_t* place, const T* x, std::int64_t rows, std::int64_t stride,
                 std::int64_t width) {
  T best[kColumns];
  std::copy_n(x, width, best);
  std::fill_n(place, width, 0);
  for (std::int64_t row = 1; row < rows; ++row) {
    x += stride;
    for (std::int64_t i = 0; i < width; ++i) {
      if (!beats(x[i], best[i])) continue;
      best[i] = x[i];
      place[i] = static_cast<std::int32_t>(row);
    }
  }
}

}  // namespace

void argmax(const KernelCall& call) {
  const Array& input = call.inputs[0];
  const int axis = call.attributes_as<ReduceAttributes>().axes.at(0);
  if (call.outputs[0].size() == 0) return;
  const std::int64_t rows = input.shape[axis];
  const std::int64_t inner = row_major_strides(input.shape)[static_cast<std::size_t>(axis)];
  const std::int64_t outer = call.outputs[0].size() / inner;
  const std::int64_t tiles = (inner + kColumns - 1) / kColumns;
  std::int32_t* out = call.outputs[0].as<std::int32_t>();
  const double cost = static_cast<double>(rows * std::min(inner, kColumns));
  visit_computable(input.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* x = input.as<T>();
    call.parallel_for(outer * tiles, cost, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t item = begin; item < end; ++item) {
        const std::int64_t place = item / tiles;
        const std::int64_t column = item % tiles * kColumns;
        find_places(out + place * inner + column, x + place * rows * inner + column, rows, inner,
                    std::min(kColumns, inner - column));
      }
    });
  });
}

}  // namespace linseed::kernels
