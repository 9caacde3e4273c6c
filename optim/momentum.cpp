#include <linseed/optim/momentum.h>

#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

Tree Momentum::init(const Tensor& param) const { return {{"momentum", zeros_like(param)}}; }

ParamUpdate Momentum::update(const Tensor&, const Tensor& param, const Tree& state,
                             const Tensor& gradient) const {
  const Tensor g = weight_decay != 0 ? gradient + weight_decay * param : gradient;
  const Tensor momentum = beta * state.at("momentum").tensor() + g;
  const Tensor direction = nesterov ? g + beta * momentum : momentum;
  return {param - learning_rate * direction, {{"momentum", momentum}}};
}

}  // namespace linseed::optim
