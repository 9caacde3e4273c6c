#include <linseed/optim/ema.h>

#include <linseed/framework/core/error.h>

namespace linseed::optim::detail {

Tensor averaged(const Tensor& average, const Tensor& param, const Scalar& decay) {
  if (average.shape() != param.shape()) {
    throw InvalidArgument("ema: an average of shape {} for a parameter of shape {}",
                          average.shape(), param.shape());
  }
  if (!is_floating(average.dtype())) return astype(param, average.dtype());
  const DType dtype = average.dtype() == float64 ? float64 : float32;
  const Tensor a = astype(average, dtype);
  // Two numbers would meet in float32.
  const Operand rest = decay.is_tensor() ? Operand(1 - decay.tensor()) : 1 - decay.number();
  return astype(a + rest * (astype(param, dtype) - a), average.dtype());
}

void check_decay(const Scalar& decay) {
  if (!decay.is_tensor() && !(decay.number() >= 0 && decay.number() <= 1)) {
    throw InvalidArgument("ema: the decay {} is not in [0, 1]", decay.number());
  }
}

}  // namespace linseed::optim::detail
