#include <linseed/framework/ops/triangular.h>

#include <algorithm>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

/// The column in which each row meets diagonal `offset` [rows, 1], and every column [columns].
std::pair<Tensor, Tensor> places(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  return {expand_dims(arange(rows, int64) + offset, 1), arange(columns, int64)};
}

/// Whether each place is on or below diagonal `offset`.
Tensor lower_places(std::int64_t rows, std::int64_t columns, std::int64_t offset) {
  const auto [last, column] = places(rows, columns, offset);
  return column <= last;
}

Tensor lower_places_of(const Tensor& x, std::int64_t offset, std::string_view who) {
  if (x.ndim() < 2) throw InvalidArgument("{}: {} has no matrices", who, x.spec());
  return lower_places(x.dim(-2), x.dim(-1), offset);
}

}  // namespace

Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype) {
  const auto [on_diagonal, column] = places(rows, columns, offset);
  return astype(equal(column, on_diagonal), dtype);
}

Tensor eye(std::int64_t size, DType dtype) { return eye(size, size, 0, dtype); }

Tensor tri(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype) {
  return astype(lower_places(rows, columns, offset), dtype);
}

Tensor tril(const Tensor& x, std::int64_t offset) {
  return where(lower_places_of(x, offset, "tril"), x, zeros({}, x.dtype()));
}

Tensor triu(const Tensor& x, std::int64_t offset) {
  return where(lower_places_of(x, offset - 1, "triu"), zeros({}, x.dtype()), x);
}

// In a square matrix read row by row, neighbours on the main diagonal are size + 1 apart.
Tensor diagonal(const Tensor& x, std::int64_t offset, int axis1, int axis2) {
  const int rows = resolve_axis(axis1, x.ndim(), "diagonal");
  const int columns = resolve_axis(axis2, x.ndim(), "diagonal");
  if (rows == columns) {
    throw InvalidArgument("diagonal: axes {} and {} of {} are the same", axis1, axis2, x.spec());
  }
  const std::int64_t first_row = std::max<std::int64_t>(-offset, 0);
  const std::int64_t first_column = std::max<std::int64_t>(offset, 0);
  const std::int64_t size =
      std::max<std::int64_t>(std::min(x.dim(rows) - first_row, x.dim(columns) - first_column), 0);
  std::vector<std::int64_t> start(static_cast<std::size_t>(x.ndim()), 0);
  std::vector<std::int64_t> stop = x.shape().dims();
  const auto cut = [&](int axis, std::int64_t first) {
    start[static_cast<std::size_t>(axis)] = first;
    stop[static_cast<std::size_t>(axis)] = first + size;
  };
  cut(rows, first_row);
  cut(columns, first_column);
  // Rows to the end, then columns after them; the first move shifts the columns that stood behind.
  const Tensor square = move_axis(move_axis(slice(x, start, stop), rows, -1),
                                  columns > rows ? columns - 1 : columns, -1);
  Shape flat = without_axes(square.shape(), {x.ndim() - 2, x.ndim() - 1});
  flat.push_back(size * size);
  std::vector<std::int64_t> begin(static_cast<std::size_t>(flat.ndim()), 0);
  std::vector<std::int64_t> stride(begin.size(), 1);
  stride.back() = size + 1;
  return slice(reshape(square, flat), begin, flat.dims(), stride);
}

}  // namespace linseed
