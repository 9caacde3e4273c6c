// Elements from elements of another type, from a number, or from their own place.
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {
namespace {

/// Calls f(element, row-major place) for every element of output 0.
template <class T, class F>
void for_each_element(const KernelCall& call, F f) {
  T* out = call.outputs[0].as<T>();
  for_each_plane(call, {{.size = call.outputs[0].size()}}, 0.3, [&](const Plane& plane) {
    const std::int64_t first = plane.position;
    independent_loop(plane.length, [=](std::int64_t i) { out[first + i] = f(first + i); });
  });
}

}  // namespace

void cast(const KernelCall& call) {
  visit_dtype(call.inputs[0].dtype, [&](auto from_zero) {
    visit_dtype(call.outputs[0].dtype, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      unary<To, From>(call, 1, [](From x) { return convert_element<To>(x); });
    });
  });
}

void fill(const KernelCall& call) {
  const auto& attributes = call.attributes_as<FillAttributes>();
  visit_dtype(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = is_integer(dtype_of<T>()) ? static_cast<T>(attributes.integer)
                                              : convert_element<T>(attributes.floating);
    for_each_element<T>(call, [value](std::int64_t) { return value; });
  });
}

void iota(const KernelCall& call) {
  visit_dtype(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    for_each_element<T>(call, [](std::int64_t i) { return static_cast<T>(i); });
  });
}

}  // namespace linseed::kernels
