// The loops of element-wise kernels: a function of one or two elements over broadcast operands.
#pragma once

#include <type_traits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/floating.h>
#include <linseed/framework/kernels/strided.h>

namespace linseed::kernels {

/// out[i] = f(a[i · stride]) for i < length.
template <class Out, class A, class F>
void map_row(std::int64_t length, Out* out, const A* a, std::int64_t stride, F f) {
  if (stride == 1) {
    independent_loop(length, [=](std::int64_t i) { out[i] = f(a[i]); });
  } else if (stride == 0) {
    std::fill_n(out, length, f(*a));
  } else {
    for (std::int64_t i = 0; i < length; ++i) out[i] = f(a[i * stride]);
  }
}

/// out[i] = f(a[i · a_stride], b[i · b_stride]) for i < length.
template <class Out, class A, class B, class F>
void map_row(std::int64_t length, Out* out, const A* a, std::int64_t a_stride, const B* b,
             std::int64_t b_stride, F f) {
  if (a_stride == 1 && b_stride == 1) {
    independent_loop(length, [=](std::int64_t i) { out[i] = f(a[i], b[i]); });
  } else if (a_stride == 1 && b_stride == 0) {
    independent_loop(length, [=, value = *b](std::int64_t i) { out[i] = f(a[i], value); });
  } else if (a_stride == 0 && b_stride == 1) {
    independent_loop(length, [=, value = *a](std::int64_t i) { out[i] = f(value, b[i]); });
  } else {
    for (std::int64_t i = 0; i < length; ++i) out[i] = f(a[i * a_stride], b[i * b_stride]);
  }
}

/// output 0 = f(input 0), with `cost` ns per element.
template <Element Out, Element A, class F>
void unary(const KernelCall& call, double cost, F f) {
  Out* out = call.outputs[0].as<Out>();
  const A* a = call.inputs[0].as<A>();
  const StridedSpace space = broadcast_space(call.outputs[0].shape, call.inputs.first(1));
  for_each_plane(call, space, cost, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row) {
      map_row(plane.length, out + plane.position + row * plane.length,
              a + plane.offset[0] + row * plane.row_stride[0], plane.stride[0], f);
    }
  });
}

/// output 0 = f(input 0, input 1), with `cost` ns per element.
template <Element Out, Element A, class F>
void binary(const KernelCall& call, double cost, F f) {
  Out* out = call.outputs[0].as<Out>();
  const A* a = call.inputs[0].as<A>();
  const A* b = call.inputs[1].as<A>();
  const StridedSpace space = broadcast_space(call.outputs[0].shape, call.inputs.first(2));
  for_each_plane(call, space, cost, [&](const Plane& plane) {
    for (std::int64_t row = 0; row < plane.rows; ++row) {
      map_row(plane.length, out + plane.position + row * plane.length,
              a + plane.offset[0] + row * plane.row_stride[0], plane.stride[0],
              b + plane.offset[1] + row * plane.row_stride[1], plane.stride[1], f);
    }
  });
}

/// visit_computable for kernels that bool does not enter; the op layer keeps it out.
template <class F>
void visit_number(DType dtype, F&& f) {
  visit_computable(dtype, [&](auto zero) {
    if constexpr (std::is_same_v<decltype(zero), bool>) {
      throw InternalError("kernel: not defined for bool");
    } else {
      f(zero);
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
