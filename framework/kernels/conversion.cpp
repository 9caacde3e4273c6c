// Elements from elements of another type, from a number, or from their own place.
#include <linseed/framework/kernels/elementwise.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/conversion.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_loops.h>

#if HWY_ONCE
namespace linseed::kernels {
namespace {

// Nanoseconds per element.
constexpr double kCastCost = 0.3;
constexpr double kFillCost = 0.1;

/// Calls f(element, row-major place) for every element of output 0.
template <class T, class F>
void for_each_element(const KernelCall& call, F f) {
  T* out = call.outputs[0].as<T>();
  for_each_plane(call, {{.size = call.outputs[0].size()}}, kFillCost, [&](const Plane& plane) {
    const std::int64_t first = plane.position;
    independent_loop(plane.length, [=](std::int64_t i) { out[first + i] = f(first + i); });
  });
}

template <class To>
struct Convert {
  template <class From>
  To operator()(From x) const {
    return convert_element<To>(x);
  }
};

}  // namespace

ElementwiseLoop cast(const LoopTypes& types) {
  return visit_dtype(types.operands[0], [&](auto from_zero) {
    return visit_dtype(types.result, [&](auto to_zero) {
      // A bool is a byte of value 0 or 1. g++ 12 makes no vectors of bools.
      using From = std::conditional_t<std::is_same_v<decltype(from_zero), bool>, std::uint8_t,
                                      decltype(from_zero)>;
      using To = decltype(to_zero);
      // Those that training meets: each loop more takes time to compile.
      if constexpr (std::is_same_v<From, float> || std::is_same_v<To, float>) {
        return ElementwiseLoop{vector_loop<Map<Convert<To>, To, From>>(), kCastCost};
      } else {
        return ElementwiseLoop{loop<Convert<To>, To, From>, kCastCost};
      }
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
#endif
