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
void number_unary(const KernelCall& call) {
  visit_number(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kArithmeticCost, vector_loop<Map<F, T, T>>());
  });
}

template <class F>
void number_binary(const KernelCall& call) {
  visit_number(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kArithmeticCost, vector_loop<Map<F, T, T, T>>());
  });
}

/// For what bool has too.
template <class F>
void any_binary(const KernelCall& call) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kArithmeticCost, vector_loop<Map<F, T, T, T>>());
  });
}

template <class F>
void floating_unary(const KernelCall& call, double cost) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, cost, vector_loop<Map<F, T, T>>());
  });
}

}  // namespace

void negative(const KernelCall& call) { number_unary<Negative>(call); }
void absolute(const KernelCall& call) { number_unary<Absolute>(call); }
void sign(const KernelCall& call) { number_unary<Sign>(call); }
void add(const KernelCall& call) { any_binary<Add>(call); }
void subtract(const KernelCall& call) { number_binary<Subtract>(call); }
void multiply(const KernelCall& call) { any_binary<Multiply>(call); }
void maximum(const KernelCall& call) { any_binary<Maximum>(call); }
void minimum(const KernelCall& call) { any_binary<Minimum>(call); }

void divide(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kRootCost, vector_loop<Map<Divide, T, T, T>>());
  });
}

void square_root(const KernelCall& call) { floating_unary<SquareRoot>(call, kRootCost); }
void reciprocal_square_root(const KernelCall& call) {
  floating_unary<ReciprocalSquareRoot>(call, 2 * kRootCost);
}
void floor(const KernelCall& call) { floating_unary<Floor>(call, kArithmeticCost); }
void round(const KernelCall& call) { floating_unary<Round>(call, kArithmeticCost); }

}  // namespace linseed::kernels
#endif
