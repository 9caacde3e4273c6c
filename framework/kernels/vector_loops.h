// The loops of elementwise_loops.h, made of the vectors of the instruction set in use.
// Included once for each: after targets.h and foreach_target.h, and outside of all namespaces.
#if defined(LINSEED_KERNELS_VECTOR_LOOPS_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LINSEED_KERNELS_VECTOR_LOOPS_H
#undef LINSEED_KERNELS_VECTOR_LOOPS_H
#else
#define LINSEED_KERNELS_VECTOR_LOOPS_H
#endif

#include <hwy/highway.h>

#include <linseed/framework/kernels/elementwise_loops.h>
#include <linseed/framework/kernels/instruction_set.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

/// The compiler makes the vectors. It rounds as one by one: no value depends on their length.
template <class M>
void vector_loop(std::int64_t count, void* output, const Operands& operands) {
  M::run(count, output, operands);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {
namespace {

/// The loop of M, a Map, for the instruction set in use.
template <class M>
Loop vector_loop() {
  static constexpr Versions<Loop> kLoop{
      HWY_CHOOSE_FALLBACK(vector_loop<M>), HWY_CHOOSE_SSE4(vector_loop<M>),
      HWY_CHOOSE_AVX2(vector_loop<M>), HWY_CHOOSE_AVX3(vector_loop<M>)};
  return kLoop.in_use();
}

}  // namespace
}  // namespace linseed::kernels
#endif

#endif
