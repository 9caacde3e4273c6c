#include <linseed/optim/adagrad.h>

#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

Tree Adagrad::init(const Tensor& param) const { return {{"grad_sq_sum", zeros_like(param)}}; }

ParamUpdate Adagrad::update(const Tensor&, const Tensor& param, const Tree& state,
                            const Tensor& gradient) const {
  const Tensor sq_sum = state.at("grad_sq_sum").tensor() + gradient * gradient;
  return {param - learning_rate * gradient / (sqrt(sq_sum) + eps), {{"grad_sq_sum", sq_sum}}};
}

}  // namespace linseed::optim
