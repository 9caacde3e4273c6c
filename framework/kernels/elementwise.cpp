// Arithmetic and elementary functions, element by element.
#include <linseed/framework/kernels/elementwise.h>

#include <cmath>

#include <linseed/framework/kernels/elementwise_loops.h>

namespace linseed::kernels {

namespace {

// Nanoseconds per element, as the cost model of parallel_for wants them.
constexpr double kArithmeticCost = 0.5;
constexpr double kDivisionCost = 3;
constexpr double kFunctionCost = 6;
constexpr double kPowerCost = 20;

template <class F>
void number_unary(const KernelCall& call, F f) {
  visit_number(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    unary<T, T>(call, kArithmeticCost, f);
  });
}

template <class F>
void number_binary(const KernelCall& call, double cost, F f) {
  visit_number(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    binary<T, T>(call, cost, f);
  });
}

/// For what bool has too.
template <class F>
void any_binary(const KernelCall& call, F f) {
  visit_computable(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    binary<T, T>(call, kArithmeticCost, f);
  });
}

template <class F>
void floating_unary(const KernelCall& call, double cost, F f) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    unary<T, T>(call, cost, f);
  });
}

template <class T>
T floor_quotient(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    // ⌊a / b⌋ of the exact quotient: the rounded one may have reached the integer above.
    if (b == 0) return a / b;
    const T remainder = std::fmod(a, b);
    const T quotient = (a - remainder) / b;
    const bool is_above = remainder != 0 && (remainder < 0) != (b < 0);
    return std::round(is_above ? quotient - 1 : quotient);
  } else {
    if (b == 0) return 0;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return Subtract{}(T{0}, a);  // the most negative value wraps onto itself
      const T quotient = a / b;
      return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    } else {
      return static_cast<T>(a / b);
    }
  }
}

/// base^exponent modulo 2^bits. A negative exponent gives the exact value cut towards zero: that of
/// a base of 1 or −1 is ±1, of any other 0.
template <class T>
T integer_power(T base, T exponent) {
  if constexpr (std::is_signed_v<T>) {
    if (exponent < 0) {
      if (base == 1) return 1;
      if (base == -1) return exponent % 2 == 0 ? 1 : -1;
      return 0;
    }
  }
  T result = 1;
  for (; exponent != 0; exponent = static_cast<T>(exponent / 2)) {
    if (exponent % 2 != 0) result = Multiply{}(result, base);
    base = Multiply{}(base, base);
  }
  return result;
}

}  // namespace

void negative(const KernelCall& call) {
  number_unary(call, [](auto x) {
    if constexpr (std::is_floating_point_v<decltype(x)>) {
      return -x;
    } else {
      return Subtract{}(decltype(x){0}, x);
    }
  });
}

void absolute(const KernelCall& call) {
  number_unary(call, [](auto x) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>) {
      return std::fabs(x);
    } else if constexpr (std::is_signed_v<T>) {
      return x < 0 ? Subtract{}(T{0}, x) : x;
    } else {
      return x;
    }
  });
}

void sign(const KernelCall& call) {
  number_unary(call, [](auto x) {
    using T = decltype(x);
    return x > 0 ? T{1} : x < 0 ? static_cast<T>(-1) : x;  // 0 and NaN are their own sign
  });
}

void add(const KernelCall& call) { any_binary(call, Add{}); }

void subtract(const KernelCall& call) { number_binary(call, kArithmeticCost, Subtract{}); }

void multiply(const KernelCall& call) { any_binary(call, Multiply{}); }

void divide(const KernelCall& call) {
  visit_floating(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    binary<T, T>(call, kArithmeticCost, [](T a, T b) { return a / b; });
  });
}

void floor_divide(const KernelCall& call) {
  number_binary(call, kDivisionCost, [](auto a, auto b) { return floor_quotient(a, b); });
}

void maximum(const KernelCall& call) { any_binary(call, Maximum{}); }

void minimum(const KernelCall& call) { any_binary(call, Minimum{}); }

void power(const KernelCall& call) {
  number_binary(call, kPowerCost, [](auto a, auto b) {
    if constexpr (std::is_floating_point_v<decltype(a)>) {
      return std::pow(a, b);
    } else {
      return integer_power(a, b);
    }
  });
}

void exponential(const KernelCall& call) {
  floating_unary(call, kFunctionCost, [](auto x) { return std::exp(x); });
}

void logarithm(const KernelCall& call) {
  floating_unary(call, kFunctionCost, [](auto x) { return std::log(x); });
}

void square_root(const KernelCall& call) {
  floating_unary(call, 1, [](auto x) { return std::sqrt(x); });
}

void reciprocal_square_root(const KernelCall& call) {
  floating_unary(call, 2, [](auto x) { return 1 / std::sqrt(x); });
}

void hyperbolic_tangent(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::tanh(x); });
}

void sine(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::sin(x); });
}

void cosine(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::cos(x); });
}

void exponential_minus_one(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::expm1(x); });
}

void logarithm_of_one_plus(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::log1p(x); });
}

void error_function(const KernelCall& call) {
  floating_unary(call, kPowerCost, [](auto x) { return std::erf(x); });
}

void floor(const KernelCall& call) {
  floating_unary(call, 1, [](auto x) { return std::floor(x); });
}

// nearbyint rounds as the processor's mode says, which is to even; nobody changes that mode here.
void round(const KernelCall& call) {
  floating_unary(call, 1, [](auto x) { return std::nearbyint(x); });
}

}  // namespace linseed::kernels
