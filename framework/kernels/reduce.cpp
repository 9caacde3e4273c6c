// Sum, maximum and minimum over axes.
#include <linseed/framework/kernels/reduce.h>

#include <limits>
#include <memory>

#include <linseed/framework/kernels/elementwise_loops.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

namespace {

// Chains of sums are this short because their rounding adds up; the tree above adds little.
constexpr std::int64_t kRowsPerBlock = 128;
constexpr std::int64_t kRunPerBlock = 64 * kLanes;

/// accumulator[i] = op(accumulator[i], x[row, i]) row by row. Four rows a pass save three of four
/// trips of the accumulator to memory and keep the order.
template <class T, class Op>
void fold_rows(T* accumulator, std::int64_t width, const T* x, std::int64_t rows,
               std::int64_t stride, Op op) {
  for (; rows >= 4; rows -= 4, x += 4 * stride) {
    independent_loop(width, [=](std::int64_t i) {
      const T first_two = op(op(accumulator[i], x[i]), x[i + stride]);
      accumulator[i] = op(op(first_two, x[i + 2 * stride]), x[i + 3 * stride]);
    });
  }
  for (; rows > 0; --rows, x += stride) {
    independent_loop(width, [=](std::int64_t i) { accumulator[i] = op(accumulator[i], x[i]); });
  }
}

/// Lane j takes elements j, j + kLanes, … of the run.
template <class T, class Op>
void fold_run(T* lanes, const T* x, std::int64_t length, Op op) {
  for (; length >= kLanes; length -= kLanes, x += kLanes) {
    independent_loop(kLanes, [=](std::int64_t j) { lanes[j] = op(lanes[j], x[j]); });
  }
  for (std::int64_t j = 0; j < length; ++j) lanes[j] = op(lanes[j], x[j]);
}

/// Reduces one item of the plan to `width` values at `result`.
template <class T, class Op>
void fold_item(const Reduction& reduction, const ReductionItem& item, const T* x, T* result, Op op,
               T identity) {
  T accumulator[std::max(kTileColumns, kLanes)];
  std::fill_n(accumulator, reduction.is_by_columns() ? item.width : kLanes, identity);
  walk(reduction.reduced, item.first, item.last, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row) {
      const T* start = x + item.offset + plane.offset[0] + row * plane.row_stride[0];
      if (reduction.is_by_columns()) {
        fold_rows(accumulator, item.width, start, plane.length, plane.stride[0], op);
      } else {
        fold_run(accumulator, start, plane.length, op);
      }
    }
  });
  if (!reduction.is_by_columns()) {
    pairwise(kLanes, [&](std::int64_t i, std::int64_t j) {
      accumulator[i] = op(accumulator[i], accumulator[j]);
    });
  }
  std::copy_n(accumulator, item.width, result);
}

template <class T, class Op>
void reduce(const KernelCall& call, Op op, T identity) {
  const Reduction reduction =
      plan_reduction(call.inputs[0].shape, call.attributes_as<ReduceAttributes>().axes,
                     kRowsPerBlock, kRunPerBlock);
  const T* x = call.inputs[0].as<T>();
  T* out = call.outputs[0].as<T>();
  const std::int64_t columns = reduction.columns;
  const std::int64_t items = item_count(reduction);
  if (items == 0) return;  // no outputs

  std::unique_ptr<T[]> storage;  // [outer, blocks, columns], where that is more than the output
  T* partial = out;
  if (reduction.blocks > 1) {
    storage = std::make_unique_for_overwrite<T[]>(
        static_cast<std::size_t>(reduction.outer * reduction.blocks * columns));
    partial = storage.get();
  }
  const double cost = 5 + 0.3 * static_cast<double>(std::min(reduction.block, reduction.extent) *
                                                    std::min(columns, kTileColumns));
  call.parallel_for(items, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const ReductionItem item = item_at(reduction, i);
      T* result = partial + (item.outer * reduction.blocks + item.block) * columns + item.column;
      fold_item(reduction, item, x, result, op, identity);
    }
  });
  if (partial == out) return;

  const double merge_cost = 0.5 * static_cast<double>(reduction.blocks * columns);
  call.parallel_for(reduction.outer, merge_cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t outer = begin; outer < end; ++outer) {
      T* blocks = partial + outer * reduction.blocks * columns;
      pairwise(reduction.blocks, [&](std::int64_t i, std::int64_t j) {
        fold_rows(blocks + i * columns, columns, blocks + j * columns, 1, 0, op);
      });
      std::copy_n(blocks, columns, out + outer * columns);
    }
  });
}

}  // namespace

void reduce_sum(const KernelCall& call) {
  visit_number(call.outputs[0].dtype,
               [&](auto zero) { reduce<decltype(zero)>(call, Add{}, zero); });
}

void reduce_max(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Limits = std::numeric_limits<T>;
    reduce<T>(call, Maximum{}, Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
  });
}

void reduce_min(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    using Limits = std::numeric_limits<T>;
    reduce<T>(call, Minimum{}, Limits::has_infinity ? Limits::infinity() : Limits::max());
  });
}

}  // namespace linseed::kernels
