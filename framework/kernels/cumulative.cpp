#include <linseed/framework/kernels/cumulative.h>

#include <algorithm>
#include <type_traits>

#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

constexpr std::int64_t kColumns = 64;  // lines whose sums stay in L1

/// Walks `rows` rows of `width` neighbouring lines; `step` leads from one row to the next.
template <class T>
void add_up(T* to, const T* from, std::int64_t rows, std::int64_t step, std::int64_t width) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, T>;
  Sum sums[kColumns] = {};
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t at = row * step;
    for (std::int64_t i = 0; i < width; ++i) {
      sums[i] = Add{}(sums[i], static_cast<Sum>(from[at + i]));
      to[at + i] = static_cast<T>(sums[i]);
    }
  }
}

}  // namespace

void cumulative_sum(const KernelCall& call) {
  const Array& input = call.inputs[0];
  if (input.size() == 0) return;
  const auto& [axis, reverse] = call.attributes_as<CumulativeAttributes>();
  const std::int64_t rows = input.shape[axis];
  const std::int64_t inner = row_major_strides(input.shape)[static_cast<std::size_t>(axis)];
  const std::int64_t outer = input.size() / (rows * inner);
  const std::int64_t tiles = (inner + kColumns - 1) / kColumns;
  const std::int64_t first_row = reverse ? (rows - 1) * inner : 0;
  const std::int64_t step = reverse ? -inner : inner;
  const double cost = static_cast<double>(rows * std::min(inner, kColumns));
  visit_number(input.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* from = input.as<T>();
    T* to = call.outputs[0].as<T>();
    call.parallel_for(outer * tiles, cost, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t item = begin; item < end; ++item) {
        const std::int64_t column = item % tiles * kColumns;
        const std::int64_t place = item / tiles * rows * inner + first_row + column;
        add_up(to + place, from + place, rows, step, std::min(kColumns, inner - column));
      }
    });
  });
}

}  // namespace linseed::kernels
