// Sum, maximum and minimum over axes.
#include <linseed/framework/kernels/reduce.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <type_traits>

#include <linseed/framework/kernels/elementwise_loops.h>
#include <linseed/framework/kernels/reduction.h>

namespace linseed::kernels {

namespace {

/// Reduces one item of the plan to `width` values at `result`.
template <class T>
void fold_item(const Reduction& reduction, const ReductionItem& item, const T* x, T* result,
               Fold fold, T identity) {
  x += item.offset;
  if (reduction.extent == 1) return fold_runs(fold, x, reduction.run, item.width, result);
  T chains[kTileElements];
  std::fill_n(chains, item.width * reduction.run * reduction.chains, identity);
  walk(reduction.reduced, item.first, item.last, [&](const Plane& plane) {
    for_each_rows(reduction, item, plane, x,
                  [&](const Rows<T>& rows) { fold_rows(fold, rows, chains); });
  });
  join_chains(reduction, item, fold, chains, result);
}

template <class T>
void reduce(const KernelCall& call, Fold fold, T identity) {
  const Reduction reduction =
      plan_reduction(call.inputs[0].shape, call.attributes_as<ReduceAttributes>().axes);
  const T* x = static_cast<const T*>(call.inputs[0].data);
  T* out = static_cast<T*>(call.outputs[0].data);
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
  const double cost =
      30 + (reduction.extent == 1 ? 0.5 : 0.1) * static_cast<double>(reduction.item_size());
  call.parallel_for(items, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const ReductionItem item = item_at(reduction, i);
      T* result = partial + (item.outer * reduction.blocks + item.block) * columns + item.column;
      fold_item(reduction, item, x, result, fold, identity);
    }
  });
  if (partial == out) return;

  join_blocks(call, reduction, fold, partial, out);
}

/// Of a type: the bytes of bool are 0 and 1.
template <class T>
using Folded = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

}  // namespace

void reduce_sum(const KernelCall& call) {
  visit_number(call.outputs[0].dtype, [&](auto zero) { reduce(call, Fold::sum, zero); });
}

void reduce_max(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = Folded<decltype(zero)>;
    using Limits = std::numeric_limits<T>;
    reduce<T>(call, Fold::maximum, Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
  });
}

void reduce_min(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = Folded<decltype(zero)>;
    using Limits = std::numeric_limits<T>;
    reduce<T>(call, Fold::minimum, Limits::has_infinity ? Limits::infinity() : Limits::max());
  });
}

}  // namespace linseed::kernels
