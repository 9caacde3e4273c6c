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
void compare(const KernelCall& call) {
  visit_computable(call.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    broadcast_loop(call, kCost, vector_loop<Map<F, bool, T, T>>());
  });
}

}  // namespace

void equal(const KernelCall& call) { compare<Equal>(call); }
void less(const KernelCall& call) { compare<Less>(call); }
void less_equal(const KernelCall& call) { compare<LessEqual>(call); }

void where(const KernelCall& call) {
  visit_dtype(call.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    // The condition is read as bytes: g++ 12 makes no vectors of bools that choose numbers.
    broadcast_loop(call, kCost, vector_loop<Map<Where, T, std::uint8_t, T, T>>());
  });
}

}  // namespace linseed::kernels
#endif
