// Count, mean and centred sum of squares over axes, in one pass, stable.
#include <algorithm>
#include <vector>

#include <linseed/framework/kernels/elementwise_loops.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

namespace {

constexpr std::int64_t kRowsPerBlock = 128;
constexpr std::int64_t kRunPerBlock = 128 * kLanes;

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

/// Σ d and Σ d² of d = x − shift, per column or per lane. The shift is an element of the same
/// block, so d is as small as the data spread and the squares do not cancel.
template <class T>
struct ShiftedSums {
  T shift[kTileColumns];
  T sum[kTileColumns];
  T square_sum[kTileColumns];
};

template <class T>
void add_rows(ShiftedSums<T>& sums, std::int64_t width, const T* x, std::int64_t rows,
              std::int64_t stride) {
  const T* shift = sums.shift;
  T* sum = sums.sum;
  T* square_sum = sums.square_sum;
  for (; rows >= 2; rows -= 2, x += 2 * stride) {
    independent_loop(width, [=](std::int64_t i) {
      const T first = x[i] - shift[i];
      const T second = x[i + stride] - shift[i];
      sum[i] = sum[i] + first + second;
      square_sum[i] = square_sum[i] + first * first + second * second;
    });
  }
  if (rows == 0) return;
  independent_loop(width, [=](std::int64_t i) {
    const T difference = x[i] - shift[i];
    sum[i] += difference;
    square_sum[i] += difference * difference;
  });
}

/// A run is rows of kLanes elements and the rest.
template <class T>
void add_run(ShiftedSums<T>& sums, const T* x, std::int64_t length) {
  const std::int64_t rows = length / kLanes;
  add_rows(sums, kLanes, x, rows, kLanes);
  add_rows(sums, length - rows * kLanes, x + rows * kLanes, 1, 0);
}

/// What is known of the elements of some blocks, for one output.
struct Spread {
  double mean = 0;
  double square_sum = 0;  // about the mean
};

/// Chan, Golub, LeVeque (1979), equations 2.1.
Spread merge(const Spread& a, double a_count, const Spread& b, double b_count) {
  if (a_count == 0) return b;
  if (b_count == 0) return a;
  const double share = b_count / (a_count + b_count);
  const double difference = b.mean - a.mean;
  return {a.mean + difference * share,
          a.square_sum + b.square_sum + difference * difference * a_count * share};
}

/// The spread of each column of an item, of which `count` > 0 summands count.
template <class T>
void spread_of_item(const Reduction& reduction, const ReductionItem& item, const Mask<T>& mask,
                    double count, const T* x, Spread* result) {
  const std::int64_t width = reduction.is_by_columns() ? item.width : kLanes;
  ShiftedSums<T> sums;
  std::fill_n(sums.sum, width, T{0});
  std::fill_n(sums.square_sum, width, T{0});
  bool is_shifted = false;
  const auto add_plane = [&](const Plane& plane) {
    const T* start = x + item.offset + plane.offset[0];
    if (!is_shifted) {
      if (reduction.is_by_columns()) {
        std::copy_n(start, width, sums.shift);
      } else {
        std::fill_n(sums.shift, width, *start);
      }
      is_shifted = true;
    }
    for (std::int64_t row = 0; row < plane.rows; ++row, start += plane.row_stride[0]) {
      if (reduction.is_by_columns()) {
        add_rows(sums, width, start, plane.length, plane.stride[0]);
      } else {
        add_run(sums, start, plane.length);
      }
    }
  };
  mask.for_each_stretch(item.first, item.last, [&](std::int64_t first, std::int64_t last) {
    walk(reduction.reduced, first, last, add_plane);
  });
  if (!reduction.is_by_columns()) {
    pairwise(kLanes, [&](std::int64_t i, std::int64_t j) {
      sums.sum[i] += sums.sum[j];
      sums.square_sum[i] += sums.square_sum[j];
    });
  }
  for (std::int64_t i = 0; i < item.width; ++i) {
    const double sum = sums.sum[i];
    const double square_sum = sums.square_sum[i] - sum * sum / count;
    // Rounding may leave less than nothing of equal elements; the comparison lets NaN pass.
    result[i] = {sums.shift[i] + sum / count, square_sum < 0 ? 0 : square_sum};
  }
}

template <class T>
void typed_moments(const KernelCall& call) {
  const Array& input = call.inputs[0];
  const Reduction reduction = plan_reduction(
      input.shape, call.attributes_as<ReduceAttributes>().axes, kRowsPerBlock, kRunPerBlock);
  const bool is_masked = call.inputs.size() > 1 && reduction.extent > 0;
  const Mask<T> mask = is_masked
                           ? Mask<T>{call.inputs[1].as<T>(), reduction.extent / input.shape[0]}
                           : Mask<T>{nullptr, 1};
  *call.outputs[0].as<T>() = static_cast<T>(mask.count(0, reduction.extent));
  const std::int64_t items = item_count(reduction);
  if (items == 0) return;  // no outputs

  const std::int64_t blocks = reduction.blocks;
  const std::int64_t columns = reduction.columns;
  std::vector<double> counts(static_cast<std::size_t>(blocks));
  for (std::int64_t block = 0; block < blocks; ++block) {
    counts[static_cast<std::size_t>(block)] = static_cast<double>(mask.count(
        block * reduction.block, std::min((block + 1) * reduction.block, reduction.extent)));
  }
  std::vector<Spread> spreads(static_cast<std::size_t>(reduction.outer * blocks * columns));
  const double cost = 10 + 0.6 * static_cast<double>(std::min(reduction.block, reduction.extent) *
                                                     std::min(columns, kTileColumns));
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
  const double merge_cost = 5 * static_cast<double>(blocks * columns);
  call.parallel_for(reduction.outer, merge_cost, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> merged;  // counts of the blocks as far as they are merged
    for (std::int64_t outer = begin; outer < end; ++outer) {
      merged = counts;
      Spread* spread = &spreads[static_cast<std::size_t>(outer * blocks * columns)];
      pairwise(blocks, [&](std::int64_t i, std::int64_t j) {
        double& a_count = merged[static_cast<std::size_t>(i)];
        const double b_count = merged[static_cast<std::size_t>(j)];
        for (std::int64_t c = 0; c < columns; ++c) {
          Spread& a = spread[i * columns + c];
          a = merge(a, a_count, spread[j * columns + c], b_count);
        }
        a_count += b_count;
      });
      for (std::int64_t c = 0; c < columns; ++c) {
        mean[outer * columns + c] = static_cast<T>(spread[c].mean);
        square_sum[outer * columns + c] = static_cast<T>(spread[c].square_sum);
      }
    }
  });
}

}  // namespace

void moments(const KernelCall& call) {
  visit_floating(call.inputs[0].dtype, [&](auto zero) { typed_moments<decltype(zero)>(call); });
}

}  // namespace linseed::kernels
