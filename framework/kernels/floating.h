// The element types of kernels that exist for float32 and float64 alone.
#pragma once

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/core/error.h>

namespace linseed::kernels {

/// Calls `f` with a zero of the C++ type that `dtype` stands for. InternalError for other dtypes.
template <class F>
decltype(auto) visit_floating(DType dtype, F&& f) {
  switch (dtype) {
    case float32: return f(float{});
    case float64: return f(double{});
    default: throw InternalError("kernel: the op should have ruled out {}", dtype);
  }
}

}  // namespace linseed::kernels
