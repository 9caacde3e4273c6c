#include <linseed/optim/adam.h>

#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

Tree Adam::init(const Tensor& param) const {
  return {{"grad_ema", zeros_like(param)}, {"grad_sq_ema", zeros_like(param)}};
}

ParamUpdate Adam::update(const Tensor& step, const Tensor& param, const Tree& state,
                         const Tensor& gradient) const {
  const Tensor ema = beta1 * state.at("grad_ema").tensor() + (1 - beta1) * gradient;
  const Tensor sq_ema =
      beta2 * state.at("grad_sq_ema").tensor() + (1 - beta2) * gradient * gradient;
  const Tensor t = astype(step, param.dtype()) + 1;
  const Tensor corrected = ema / (1 - pow(beta1, t));
  const Tensor sq_corrected = sq_ema / (1 - pow(beta2, t));
  Tensor updated = param - learning_rate * corrected / (sqrt(sq_corrected) + eps);
  if (weight_decay != 0) updated = updated - learning_rate * weight_decay * param;
  return {updated, {{"grad_ema", ema}, {"grad_sq_ema", sq_ema}}};
}

}  // namespace linseed::optim
