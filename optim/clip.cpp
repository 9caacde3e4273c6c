#include <linseed/optim/clip.h>

#include <cmath>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>

namespace linseed::optim::detail {

Tensor global_norm(const std::vector<Tensor>& tensors) {
  Tensor squares;
  for (const Tensor& tensor : tensors) {
    const Tensor wide = tensor.dtype() == float64 ? tensor : astype(tensor, float32);
    const Tensor own = sum(square(wide));
    squares = squares.defined() ? squares + own : own;
  }
  return squares.defined() ? sqrt(squares) : zeros({});
}

Tensor clipping_factor(const Tensor& norm, const Scalar& max_norm) {
  if (!max_norm.is_tensor() && !(std::isfinite(max_norm.number()) && max_norm.number() > 0)) {
    throw InvalidArgument("clip_by_global_norm: max_norm {} is not a finite number > 0",
                          max_norm.number());
  }
  return max_norm / maximum(norm, max_norm);
}

}  // namespace linseed::optim::detail
