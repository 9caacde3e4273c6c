// The loops of element-wise kernels that the compiler makes vectors of, and the functions in them.
//
// They are inlined into the functions that kernels are made of. Those of a source that is compiled
// for each instruction set (targets.h) have vectors of each; the rest those of any machine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/elementwise_loop.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// Elements of a loop between two times at which it fetches: lines for so many do not wait for each
/// other, and a loop of them is as fast as a longer one.
inline constexpr std::int64_t kStrip = 256;

/// The Loop of a function F of one element of each type In: out[i] = F{}(in[i]…).
template <class F, Element Out, Element... In>
struct Map {
  [[gnu::always_inline]] static void run(std::int64_t count, void* output,
                                         const Operands& operands) {
    run(count, static_cast<Out*>(output), operands, std::index_sequence_for<In...>());
  }

 private:
  template <std::size_t... k>
  [[gnu::always_inline]] static void run(std::int64_t count, Out* output, const Operands& operands,
                                         std::index_sequence<k...>) {
    const std::int64_t strip = operands.fetched == 0 ? count : kStrip;
    for (std::int64_t first = 0; first < count; first += strip) {
      const std::int64_t some = std::min(strip, count - first);
      if (operands.fetched != 0) {
        (fetch_ahead(operands.fetched >> k, static_cast<const In*>(operands[k]) + first, some),
         ...);
        fetch_ahead(operands.fetched >> Operands::kMost, output + first, some);
      }
      loop(some, output + first, static_cast<const In*>(operands[k]) + first...);
    }
  }

  /// What lies ahead of `count` elements, if the lowest bit of `fetched` is set.
  template <class T>
  [[gnu::always_inline]] static void fetch_ahead(unsigned fetched, const T* elements,
                                                 std::int64_t count) {
    if ((fetched & 1U) == 0) return;
    const auto* const ahead = reinterpret_cast<const std::byte*>(elements + kElementsAhead);
    const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(T));
    for (std::int64_t at = 0; at < bytes; at += kCacheLine) fetch_line(ahead + at);
  }

  [[gnu::always_inline]] static void loop(std::int64_t count, Out* output, const In*... in) {
    independent_loop(count, [=](std::int64_t i) { output[i] = F{}(in[i]...); });
  }
};

/// The same, for the instructions of any machine.
template <class F, Element Out, Element... In>
void loop(std::int64_t count, void* output, const Operands& operands) {
  Map<F, Out, In...>::run(count, output, operands);
}

/// visit_computable for kernels that bool does not enter; the op layer keeps it out.
template <class F>
auto visit_number(DType dtype, F&& f) {
  return visit_computable(dtype, [&](auto zero) -> decltype(f(float{})) {
    if constexpr (std::is_same_v<decltype(zero), bool>) {
      throw InternalError("kernel: not defined for bool");
    } else {
      return f(zero);
    }
  });
}

/// The type whose arithmetic wraps as two's complement does.
template <class T>
struct WrappingType {
  using type = std::make_unsigned_t<T>;
};
template <>
struct WrappingType<float> {
  using type = float;
};
template <>
struct WrappingType<double> {
  using type = double;
};
template <class T>
using Wrapping = typename WrappingType<T>::type;

/// a + b, a − b, a · b, wrapping for integers; for bool, + is or and · is and.
struct Add {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>) {
      return a | b;
    } else {
      return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
    }
  }
};
struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  }
};
struct Multiply {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>) {
      return a & b;
    } else {
      return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
    }
  }
};

/// The greater and the lesser; NaN if either is NaN.
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return ((a > b) | (a != a)) ? a : b;
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return ((a < b) | (a != a)) ? a : b;
  }
};

}  // namespace linseed::kernels
