// The row of argsort, and what is made of it.
#include <linseed/framework/ops/sorting.h>

#include <limits>

#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/sorting.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::SortAttributes;

const Primitive kArgsort{
    .name = "argsort",
    .attributes = &attribute_text<SortAttributes>,
    .type = [](Specs in, const Attributes& a) -> std::vector<TensorSpec> {
      const int axis = a.as<SortAttributes>().axis;
      if (in[0].shape[axis] > std::numeric_limits<std::int32_t>::max()) {
        throw NotSupported("argsort: the places along axis {} of {} do not fit int32", axis, in[0]);
      }
      return {{in[0].shape, int32}};
    },
    .kernel = kernels::argsort,
    .no_derivative = "an order is piecewise constant",
};

}  // namespace

Rows sorting_rows() { return {&kArgsort}; }

Tensor argsort(const Tensor& x, int axis) {
  return apply(kArgsort, {x}, SortAttributes{resolve_axis(axis, x.ndim(), "argsort")});
}

Tensor sort(const Tensor& x, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "sort");
  return take_along_axis(x, argsort(x, resolved), resolved);
}

// Read backwards twice, a stable ascending order is a descending one that is stable too.
TopK top_k(const Tensor& x, std::int64_t k) {
  if (x.ndim() == 0) throw InvalidArgument("top_k: a scalar has no axis to choose along");
  const std::int64_t n = x.dim(-1);
  if (k < 0 || k > n) {
    throw InvalidArgument("top_k: {} elements wanted of the {} along the last axis of {}", k, n,
                          x.spec());
  }
  const Tensor from_the_end = flip(argsort(flip(x, -1), -1), -1);
  std::vector<std::int64_t> stop = x.shape().dims();
  stop.back() = k;
  const std::vector<std::int64_t> start(stop.size(), 0);
  const Tensor indices = slice(n - 1 - from_the_end, start, stop);
  return {take_along_axis(x, indices, -1), indices};
}

}  // namespace linseed
