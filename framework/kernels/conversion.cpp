// Elements from elements of another type, from a number, or from their own place.
#include <cmath>
#include <limits>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Where the greatest integer has no exact counterpart, it rounds up to a power of two, which
    // is itself out of range: hence >=.
    constexpr From kLowest = static_cast<From>(std::numeric_limits<To>::lowest());
    constexpr From kGreatest = static_cast<From>(std::numeric_limits<To>::max());
    if (x >= kGreatest) return std::numeric_limits<To>::max();
    if (x <= kLowest) return std::numeric_limits<To>::lowest();
    return std::isnan(x) ? To{0} : static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

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
      unary<To, From>(call, 1, [](From x) { return convert<To>(x); });
    });
  });
}

void fill(const KernelCall& call) {
  const auto& attributes = call.attributes_as<FillAttributes>();
  visit_dtype(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = is_floating(dtype_of<T>()) ? static_cast<T>(attributes.floating)
                                               : static_cast<T>(attributes.integer);
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
