// Arithmetic, element by element. Compiled for each instruction set, chosen at run time.
#include <linseed/framework/kernels/elementwise.h>

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/elementwise.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_loops.h>

#if HWY_ONCE
namespace linseed::kernels {
namespace {

// Nanoseconds per element of float32 in the caches, as the cost model of parallel_for wants them:
// measured with AVX2 at 2.4 GHz.
constexpr double kArithmeticCost = 0.2;
constexpr double kRootCost = 0.3;

struct Negative {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) {
      return -x;
    } else {
      return Subtract{}(T{0}, x);
    }
  }
};

struct Absolute {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) {
      return std::fabs(x);
    } else if constexpr (std::is_signed_v<T>) {
      return x < 0 ? Subtract{}(T{0}, x) : x;
    } else {
      return x;
    }
  }
};

struct Sign {
  template <class T>
  T operator()(T x) const {
    return x > 0 ? T{1} : x < 0 ? static_cast<T>(-1) : x;  // 0 and NaN are their own sign
  }
};

struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    return a / b;
  }
};

struct SquareRoot {
  template <class T>
  T operator()(T x) const {
    return std::sqrt(x);
  }
};

struct ReciprocalSquareRoot {
  template <class T>
  T operator()(T x) const {
    return 1 / std::sqrt(x);
  }
};

struct Floor {
  template <class T>
  T operator()(T x) const {
    return std::floor(x);
  }
};

struct Round {
  // As the processor's mode says, which is to even; nobody changes that mode here.
  template <class T>
  T operator()(T x) const {
    return std::nearbyint(x);
  }
};

template <class F>
ElementwiseLoop number_unary(const LoopTypes& types) {
  return visit_number(types.result, [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<F, T, T>>(), kArithmeticCost};
  });
}

template <class F>
ElementwiseLoop number_binary(const LoopTypes& types) {
  return visit_number(types.result, [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<F, T, T, T>>(), kArithmeticCost};
  });
}

/// For what bool has too.
template <class F>
ElementwiseLoop any_binary(const LoopTypes& types) {
  return visit_computable(types.result, [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<F, T, T, T>>(), kArithmeticCost};
  });
}

template <class F>
ElementwiseLoop floating_unary(const LoopTypes& types, double cost) {
  return visit_floating(types.result, [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<F, T, T>>(), cost};
  });
}

}  // namespace

ElementwiseLoop negative(const LoopTypes& types) { return number_unary<Negative>(types); }
ElementwiseLoop absolute(const LoopTypes& types) { return number_unary<Absolute>(types); }
ElementwiseLoop sign(const LoopTypes& types) { return number_unary<Sign>(types); }
ElementwiseLoop add(const LoopTypes& types) { return any_binary<Add>(types); }
ElementwiseLoop subtract(const LoopTypes& types) { return number_binary<Subtract>(types); }
ElementwiseLoop multiply(const LoopTypes& types) { return any_binary<Multiply>(types); }
ElementwiseLoop maximum(const LoopTypes& types) { return any_binary<Maximum>(types); }
ElementwiseLoop minimum(const LoopTypes& types) { return any_binary<Minimum>(types); }

ElementwiseLoop divide(const LoopTypes& types) {
  return visit_floating(types.result, [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<Divide, T, T, T>>(), kRootCost};
  });
}

ElementwiseLoop square_root(const LoopTypes& types) {
  return floating_unary<SquareRoot>(types, kRootCost);
}
ElementwiseLoop reciprocal_square_root(const LoopTypes& types) {
  return floating_unary<ReciprocalSquareRoot>(types, 2 * kRootCost);
}
ElementwiseLoop floor(const LoopTypes& types) {
  return floating_unary<Floor>(types, kArithmeticCost);
}
ElementwiseLoop round(const LoopTypes& types) {
  return floating_unary<Round>(types, kArithmeticCost);
}

}  // namespace linseed::kernels
#endif
