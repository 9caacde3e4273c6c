// Comparison, and selection by its result.
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

template <class F>
void compare(const KernelCall& call, F f) {
  visit_computable(call.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    binary<bool, T>(call, 0.5, f);
  });
}

/// Three operands of one row of `where`: pointers, and the strides of the plane they lie in.
template <class T>
void select_row(std::int64_t length, T* out, const bool* condition, const T* a, const T* b,
                const std::array<std::int64_t, 3>& stride) {
  if (stride[0] == 0)
    return map_row(length, out, *condition ? a : b, stride[*condition ? 1 : 2],
                   [](T x) { return x; });
  // Both candidates are read whatever the condition says: then the loop has no branch.
  if (stride == std::array<std::int64_t, 3>{1, 1, 1}) {
    independent_loop(length, [=](std::int64_t i) {
      const T x = a[i], y = b[i];
      out[i] = condition[i] ? x : y;
    });
  } else if (stride == std::array<std::int64_t, 3>{1, 1, 0}) {
    independent_loop(length, [=, y = *b](std::int64_t i) {
      const T x = a[i];
      out[i] = condition[i] ? x : y;
    });
  } else if (stride == std::array<std::int64_t, 3>{1, 0, 1}) {
    independent_loop(length, [=, x = *a](std::int64_t i) {
      const T y = b[i];
      out[i] = condition[i] ? x : y;
    });
  } else {
    for (std::int64_t i = 0; i < length; ++i) {
      out[i] = condition[i * stride[0]] ? a[i * stride[1]] : b[i * stride[2]];
    }
  }
}

}  // namespace

void equal(const KernelCall& call) {
  compare(call, [](auto a, auto b) { return a == b; });
}

void less(const KernelCall& call) {
  compare(call, [](auto a, auto b) { return a < b; });
}

void less_equal(const KernelCall& call) {
  compare(call, [](auto a, auto b) { return a <= b; });
}

void where(const KernelCall& call) {
  const StridedSpace space = broadcast_space(call.outputs[0].shape, call.inputs.first(3));
  const bool* condition = call.inputs[0].as<bool>();
  visit_dtype(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    T* out = call.outputs[0].as<T>();
    const T* a = call.inputs[1].as<T>();
    const T* b = call.inputs[2].as<T>();
    for_each_plane(call, space, 0.7, [&](const Plane& plane) {
      for (std::int64_t row = 0; row < plane.rows; ++row) {
        select_row(plane.length, out + plane.position + row * plane.length,
                   condition + plane.offset[0] + row * plane.row_stride[0],
                   a + plane.offset[1] + row * plane.row_stride[1],
                   b + plane.offset[2] + row * plane.row_stride[2], plane.stride);
      }
    });
  });
}

}  // namespace linseed::kernels
