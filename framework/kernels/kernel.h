// What a kernel is: a function over buffers that asks its caller to spread loops over threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/core/shape.h>

namespace linseed {

/// A tensor's memory as a kernel sees it: row-major and contiguous; 64-byte aligned, except inside
/// a loop, where it may be one entry of a longer tensor.
struct Array {
  void* data;
  const Shape& shape;
  DType dtype;

  template <Element T>
  T* as() const {
    return static_cast<T*>(data);
  }
  std::int64_t size() const { return shape.size(); }
};

/// Runs `body(begin, end)` over sub-ranges that together cover [0, items), on several threads if
/// the work is worth it. `cost` is the work of one item in elementary operations (about 1 ns).
/// Where the ranges are cut is not fixed, so a kernel computes each item in the same way whatever
/// range it falls into: that is what makes results independent of the number of threads.
using RangeBody = std::function<void(std::int64_t begin, std::int64_t end)>;
using ParallelFor = std::function<void(std::int64_t items, double cost, const RangeBody& body)>;

/// One call of a kernel. Outputs are allocated, uninitialised, and alias no input, except that a
/// primitive marked `in_place` may find an output in the memory of an input of equal type.
struct KernelCall {
  std::span<const Array> inputs;
  std::span<const Array> outputs;
  const void* attributes;  // the struct that belongs to the primitive
  const ParallelFor& parallel_for;

  template <class A>
  const A& attributes_as() const {
    return *static_cast<const A*>(attributes);
  }
};

using Kernel = void (*)(const KernelCall&);

/// Where the inputs of a program are read, and its outputs written: memory laid out as an Array's
/// is. No output may overlap an input or another output.
using Sources = std::vector<const void*>;
using Targets = std::vector<void*>;

/// Runs a program that the primitive's attributes hold, once for each element of `inputs` and
/// `outputs`: for all replicas together, which may meet inside of it. Their number is a multiple of
/// that of the call's replicas, those of the first one first.
using RunProgram =
    std::function<void(std::span<const Sources> inputs, std::span<const Targets> outputs)>;

/// One call for all replicas that meet in it, in order; outside of all axes there is one. The calls
/// have the same attributes and types.
struct JointCall {
  std::span<const KernelCall> replicas;
  std::span<const RunProgram> programs = {};  // in the order of Primitive::programs

  template <class A>
  const A& attributes_as() const {
    return replicas.front().attributes_as<A>();
  }
};

using JointKernel = void (*)(const JointCall&);

/// visit_dtype for kernels that compute: halves never reach them, only those that move elements.
template <class F>
auto visit_computable(DType dtype, F&& f) {
  return visit_dtype(dtype, [&](auto zero) -> decltype(f(float{})) {
    if constexpr (HalfElement<decltype(zero)>) {
      throw InternalError("kernel: {} is computed in float32", dtype);
    } else {
      return f(zero);
    }
  });
}

}  // namespace linseed
