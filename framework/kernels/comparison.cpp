// Comparison, and selection by its result. Compiled for each instruction set, chosen at run time.
#include <linseed/framework/kernels/elementwise.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/comparison.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_loops.h>

#if HWY_ONCE
namespace linseed::kernels {
namespace {

constexpr double kCost = 0.2;  // nanoseconds per element

struct Equal {
  template <class T>
  bool operator()(T a, T b) const {
    return a == b;
  }
};

struct Less {
  template <class T>
  bool operator()(T a, T b) const {
    return a < b;
  }
};

struct LessEqual {
  template <class T>
  bool operator()(T a, T b) const {
    return a <= b;
  }
};

struct Where {
  template <class T>
  T operator()(std::uint8_t condition, T a, T b) const {
    return condition != 0 ? a : b;
  }
};

template <class F>
ElementwiseLoop compare(const LoopTypes& types) {
  return visit_computable(types.operands[0], [&](auto zero) {
    using T = decltype(zero);
    return ElementwiseLoop{vector_loop<Map<F, bool, T, T>>(), kCost};
  });
}

}  // namespace

ElementwiseLoop equal(const LoopTypes& types) { return compare<Equal>(types); }
ElementwiseLoop less(const LoopTypes& types) { return compare<Less>(types); }
ElementwiseLoop less_equal(const LoopTypes& types) { return compare<LessEqual>(types); }

ElementwiseLoop where(const LoopTypes& types) {
  return visit_dtype(types.result, [&](auto zero) {
    using T = decltype(zero);
    // The condition is read as bytes: g++ 12 makes no vectors of bools that choose numbers.
    return ElementwiseLoop{vector_loop<Map<Where, T, std::uint8_t, T, T>>(), kCost};
  });
}

}  // namespace linseed::kernels
#endif
