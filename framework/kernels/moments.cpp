// Count, mean and centred sum of squares over axes, in one pass, stable.
#include <algorithm>
#include <vector>

#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

namespace {

/// Which summands count: all, or those whose index along axis 0 has a mask that is not 0. Axis 0 is
/// the outermost reduced dimension, so each mask value stands for `repeat` neighbouring summands.
template <class T>
struct Mask {
  const T* values;  // null: all count
  std::int64_t repeat;

  /// Calls visit(first, last) for the stretches of [begin, end) that count.
  template <class Visit>
  void for_each_stretch(std::int64_t begin, std::int64_t end, const Visit& visit) const {
    if (values == nullptr) return visit(begin, end);
    while (begin < end) {
      const bool counts = values[begin / repeat] != 0;
      std::int64_t stop = begin;
      while (stop < end && (values[stop / repeat] != 0) == counts) {
        stop = std::min(end, (stop / repeat + 1) * repeat);
      }
      if (counts) visit(begin, stop);
      begin = stop;
    }
  }

  std::int64_t count(std::int64_t begin, std::int64_t end) const {
    std::int64_t total = 0;
    for_each_stretch(begin, end,
                     [&](std::int64_t first, std::int64_t last) { total += last - first; });
    return total;
  }
};

/// What is known of the elements of some blocks, for one output.
struct Spread {
  double mean = 0;
  double square_sum = 0;  // about the mean
};

/// `columns` spreads of a_count elements, joined by those of b_count: Chan, Golub, LeVeque (1979),
/// equations 2.1.
void merge(Spread* a, double a_count, const Spread* b, double b_count, std::int64_t columns) {
  if (b_count == 0) return;
  if (a_count == 0) {
    std::copy_n(b, columns, a);
    return;
  }
  const double share = b_count / (a_count + b_count);
  for (std::int64_t c = 0; c < columns; ++c) {
    const double difference = b[c].mean - a[c].mean;
    a[c].mean += difference * share;
    a[c].square_sum += b[c].square_sum + difference * difference * a_count * share;
  }
}

/// The spread of each column of an item, of which `count` > 0 summands count.
template <class T>
void spread_of_item(const Reduction& reduction, const ReductionItem& item, const Mask<T>& mask,
                    double count, const T* x, Spread* result) {
  // Σ d and Σ d² of d = x − shift, per chain. The shift is an element of the same column and block,
  // so d is as small as the data spread and the squares do not cancel.
  T shift[kTileElements], sum[kTileElements], square_sum[kTileElements];
  const std::int64_t width = item.width * reduction.run, size = width * reduction.chains;
  std::fill_n(sum, size, T{0});
  std::fill_n(square_sum, size, T{0});
  bool is_shifted = false;
  const auto add_plane = [&](const Plane& plane) {
    if (!is_shifted) {
      const T* first = x + item.offset + plane.offset[0];
      for (std::int64_t i = 0; i < width; i += reduction.run) {
        std::fill_n(shift + i, reduction.run, first[i]);
      }
      for (std::int64_t i = width; i < size; i *= 2) std::copy_n(shift, i, shift + i);
      is_shifted = true;
    }
    for_each_rows(reduction, item, plane, x + item.offset,
                  [&](const Rows<T>& rows) { add_shifted_rows(rows, shift, sum, square_sum); });
  };
  mask.for_each_stretch(item.first, item.last, [&](std::int64_t first, std::int64_t last) {
    walk(reduction.reduced, first, last, add_plane);
  });
  T totals[kTileElements], squares[kTileElements];
  join_chains(reduction, item, Fold::sum, sum, totals);
  join_chains(reduction, item, Fold::sum, square_sum, squares);
  for (std::int64_t i = 0; i < item.width; ++i) {
    const double total = totals[i];
    const double centred = squares[i] - total * total / count;
    // Rounding may leave less than nothing of equal elements; the comparison lets NaN pass.
    result[i] = {shift[i * reduction.run] + total / count, centred < 0 ? 0 : centred};
  }
}

/// Joins the blocks of some columns, which lie `columns` apart, into the first.
void merge_blocks(std::vector<double> counts, Spread* spreads, std::int64_t columns,
                  std::int64_t width) {
  pairwise(static_cast<std::int64_t>(counts.size()), [&](std::int64_t i, std::int64_t j) {
    double& count = counts[static_cast<std::size_t>(i)];
    const double more = counts[static_cast<std::size_t>(j)];
    merge(spreads + i * columns, count, spreads + j * columns, more, width);
    count += more;
  });
}

template <class T>
void typed_moments(const KernelCall& call) {
  const Array& input = call.inputs[0];
  const Reduction reduction =
      plan_reduction(input.shape, call.attributes_as<ReduceAttributes>().axes);
  const bool is_masked = call.inputs.size() > 1 && reduction.extent > 0;
  const Mask<T> mask = is_masked
                           ? Mask<T>{call.inputs[1].as<T>(), reduction.extent / input.shape[0]}
                           : Mask<T>{nullptr, 1};
  const auto count_in = [&](std::int64_t begin, std::int64_t end) {
    return static_cast<double>(mask.count(begin, end) * reduction.run);
  };
  *call.outputs[0].as<T>() = static_cast<T>(count_in(0, reduction.extent));
  const std::int64_t items = item_count(reduction);
  if (items == 0) return;  // no outputs

  const std::int64_t blocks = reduction.blocks;
  const std::int64_t columns = reduction.columns;
  std::vector<double> counts;
  for (std::int64_t row = 0; row == 0 || row < reduction.extent; row += reduction.block) {
    counts.push_back(count_in(row, std::min(row + reduction.block, reduction.extent)));
  }
  std::vector<Spread> spreads(static_cast<std::size_t>(reduction.outer * blocks * columns));
  const double cost =
      60 + (reduction.extent == 1 ? 2 : 0.14) * static_cast<double>(reduction.item_size());
  call.parallel_for(items, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const ReductionItem item = item_at(reduction, i);
      const double count = counts[static_cast<std::size_t>(item.block)];
      if (count == 0) continue;
      spread_of_item(reduction, item, mask, count, input.as<T>(),
                     &spreads[static_cast<std::size_t>(
                         (item.outer * blocks + item.block) * columns + item.column)]);
    }
  });

  T* mean = call.outputs[1].as<T>();
  T* square_sum = call.outputs[2].as<T>();
  const std::int64_t tile = std::min(reduction.tile, columns);
  const double merge_cost = 20 + 2 * static_cast<double>(blocks * tile);
  call.parallel_for(
      reduction.outer * reduction.tiles, merge_cost, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t outer = i / reduction.tiles, column = i % reduction.tiles * tile;
          const std::int64_t width = std::min(tile, columns - column);
          Spread* spread = &spreads[static_cast<std::size_t>(outer * blocks * columns + column)];
          if (blocks > 1) merge_blocks(counts, spread, columns, width);
          for (std::int64_t c = 0; c < width; ++c) {
            mean[outer * columns + column + c] = static_cast<T>(spread[c].mean);
            square_sum[outer * columns + column + c] = static_cast<T>(spread[c].square_sum);
          }
        }
      });
}

}  // namespace

void moments(const KernelCall& call) {
  visit_floating(call.inputs[0].dtype, [&](auto zero) { typed_moments<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
