// Rows by index, and the sum of rows into their places.
#include <linseed/framework/kernels/indexing.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

/// The sizes before and after the indexed dimension, and the table rows that the indices mean.
struct Rows {
  std::int64_t outer;
  std::int64_t inner;
  std::vector<std::int64_t> places;
};

/// `table` has the table's shape, whichever side of the kernel it is on.
Rows resolve_rows(const Shape& table, int axis, const Array& indices) {
  Rows rows{1, 1, std::vector<std::int64_t>(static_cast<std::size_t>(indices.size()))};
  for (int i = 0; i < axis; ++i) rows.outer *= table[i];
  for (int i = axis + 1; i < table.ndim(); ++i) rows.inner *= table[i];
  const std::int64_t size = table[axis];
  if (size == 0 && !rows.places.empty()) throw InternalError("take: no rows to choose from");
  const auto resolve = [size](std::int64_t index) {
    return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size - 1);
  };
  visit_computable(indices.dtype, [&](auto zero) {
    using Index = decltype(zero);
    const Index* index = indices.as<Index>();
    std::transform(index, index + indices.size(), rows.places.begin(), resolve);
  });
  return rows;
}

/// Copies rows [begin, end) of the output, counted over outer × indices. `Bytes` is the size of a
/// row where the compiler is to know it, else 0.
template <std::size_t Bytes>
void copy_rows(const Rows& rows, std::int64_t table_rows, std::size_t bytes, std::uint8_t* to,
               const std::uint8_t* from, std::int64_t begin, std::int64_t end) {
  const std::size_t length = Bytes != 0 ? Bytes : bytes;
  const std::int64_t count = static_cast<std::int64_t>(rows.places.size());
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t place =
        row / count * table_rows + rows.places[static_cast<std::size_t>(row % count)];
    std::memcpy(to + static_cast<std::size_t>(row) * length,
                from + static_cast<std::size_t>(place) * length, length);
  }
}

/// Adds columns [first, last) of each slice of `updates`, at one outer place, to its row.
template <class T>
void add_columns(const Rows& rows, std::int64_t first, std::int64_t last, T* to, const T* updates) {
  for (const std::int64_t place : rows.places) {
    T* row = to + place * rows.inner;
    for (std::int64_t i = first; i < last; ++i) row[i] = Add{}(row[i], updates[i]);
    updates += rows.inner;
  }
}

}  // namespace

void take(const KernelCall& call) {
  const int axis = call.attributes_as<TakeAttributes>().axis;
  const Array& table = call.inputs[0];
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const Rows rows = resolve_rows(table.shape, axis, call.inputs[1]);
  const std::size_t bytes = static_cast<std::size_t>(rows.inner) * size_of(table.dtype);
  const auto copy = bytes == 1   ? copy_rows<1>
                    : bytes == 2 ? copy_rows<2>
                    : bytes == 4 ? copy_rows<4>
                    : bytes == 8 ? copy_rows<8>
                                 : copy_rows<0>;
  const std::int64_t items = rows.outer * static_cast<std::int64_t>(rows.places.size());
  call.parallel_for(items, 4 + 0.1 * static_cast<double>(bytes),
                    [&](std::int64_t begin, std::int64_t end) {
                      copy(rows, table.shape[axis], bytes, output.as<std::uint8_t>(),
                           table.as<std::uint8_t>(), begin, end);
                    });
}

void take_adjoint(const KernelCall& call) {
  // A thread owns columns of the table, for all its rows: no two add to one place.
  constexpr std::int64_t kColumns = 16;
  const Array& updates = call.inputs[0];
  const Array& output = call.outputs[0];
  if (output.size() == 0) return;
  const Rows rows =
      resolve_rows(output.shape, call.attributes_as<TakeAttributes>().axis, call.inputs[1]);
  const std::int64_t table_size = output.size() / rows.outer;
  const std::int64_t updates_size = updates.size() / rows.outer;
  const std::int64_t strips = (rows.inner + kColumns - 1) / kColumns;
  const auto cost = static_cast<double>(std::min(kColumns, rows.inner) *
                                        (output.shape[call.attributes_as<TakeAttributes>().axis] +
                                         static_cast<std::int64_t>(rows.places.size())));
  visit_number(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    call.parallel_for(rows.outer * strips, cost, [&](std::int64_t begin, std::int64_t end) {
      while (begin < end) {  // as many neighbouring strips of one outer place as the range has
        const std::int64_t outer = begin / strips;
        const std::int64_t stop = std::min(end, (outer + 1) * strips);
        const std::int64_t first = begin % strips * kColumns;
        const std::int64_t last = std::min((stop - outer * strips) * kColumns, rows.inner);
        T* to = output.as<T>() + outer * table_size;
        for (std::int64_t row = 0; row < table_size; row += rows.inner) {
          std::fill(to + row + first, to + row + last, T{0});
        }
        add_columns(rows, first, last, to, updates.as<T>() + outer * updates_size);
        begin = stop;
      }
    });
  });
}

}  // namespace linseed::kernels
