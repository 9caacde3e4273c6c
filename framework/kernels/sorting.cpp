#include <linseed/framework/kernels/sorting.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace linseed::kernels {

namespace {

/// An element and its place: sorted together, they are read in the order of memory.
template <class T>
struct Entry {
  T key;
  std::int32_t place;
};

/// A total order up to ties: numbers by size, then every NaN.
template <class T>
bool comes_before(const Entry<T>& a, const Entry<T>& b) {
  return a.key < b.key || (a.key == a.key && b.key != b.key);
}

/// The order of a line of elements `stride` apart; `line` has its size and is overwritten.
template <class T>
void sort_line(std::vector<Entry<T>>& line, const T* x, std::int32_t* out, std::int64_t stride) {
  std::int32_t place = 0;
  for (Entry<T>& entry : line) {
    entry = {x[place * stride], place};
    ++place;
  }
  std::stable_sort(line.begin(), line.end(), comes_before<T>);
  std::int64_t at = 0;
  for (const Entry<T>& entry : line) {
    out[at] = entry.place;
    at += stride;
  }
}

}  // namespace

void argsort(const KernelCall& call) {
  const Array& input = call.inputs[0];
  if (input.size() == 0) return;
  const int axis = call.attributes_as<SortAttributes>().axis;
  const std::int64_t size = input.shape[axis];
  const std::int64_t stride = row_major_strides(input.shape)[static_cast<std::size_t>(axis)];
  const double n = static_cast<double>(size);
  const double cost = 10 + 5 * n * std::log2(n + 1);
  std::int32_t* out = call.outputs[0].as<std::int32_t>();
  visit_computable(input.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* x = input.as<T>();
    call.parallel_for(input.size() / size, cost, [&](std::int64_t begin, std::int64_t end) {
      std::vector<Entry<T>> entries(static_cast<std::size_t>(size));
      for (std::int64_t line = begin; line < end; ++line) {
        const std::int64_t first = line / stride * size * stride + line % stride;
        sort_line(entries, x + first, out + first, stride);
      }
    });
  });
}

}  // namespace linseed::kernels
