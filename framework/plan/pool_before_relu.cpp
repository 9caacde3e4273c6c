// max_pool(relu(x)) = relu(max_pool(x)), which goes through fewer elements.
//
// Where a maximum is above 0, its place is the same. Where none is, places differ, but the gradient
// is 0 there, if it is that of both. So all readers of the places must be such gradients:
//   where(x ≤ 0, 0, max_unpool(g, places)) = max_unpool(where(max_pool(x) ≤ 0, 0, g), places),
// and what is at a maximum's place, also where windows overlap, is masked alike by both.
#include <algorithm>
#include <map>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using Step = Program::Step;

class Swap {
 public:
  explicit Swap(Program program) : program_(std::move(program)), definitions_(program_) {}

  Program result() && {
    std::vector<Step> steps;
    for (const Step& step : program_.steps) {
      if (can_pool_first(step)) {
        pool_first(step, steps);
      } else if (is_low_.contains(step.outputs[0])) {
        unpool_last(step, steps);
      } else if (step.primitive->loop == kernels::where && is_low_.contains(step.inputs[2])) {
        steps.push_back({identity_, {}, {step.inputs[2]}, step.outputs, step.label});
      } else {
        steps.push_back(step);
      }
    }
    program_.steps = std::move(steps);
    return std::move(program_);
  }

 private:
  const Step& step(int number) const { return program_.steps[static_cast<std::size_t>(number)]; }

  /// The step that makes a value by max(x, 0), of a 0-d 0; null if another one does.
  const Step* relu(int value) const {
    const Step* const made = definitions_.of(value);
    const bool is_relu = made != nullptr && made->primitive == maximum_ &&
                         definitions_.is_zero(made->inputs[1]) &&
                         program_.spec(made->inputs[1]).shape.ndim() == 0;
    return is_relu ? made : nullptr;
  }

  bool can_pool_first(const Step& pool) const {
    if (pool.primitive->kernel != kernels::max_pool) return false;
    const int y = pool.inputs[0], places = pool.outputs[1];
    const auto& window = pool.attributes.as<kernels::PoolingAttributes>().window;
    if (window.has_padding()) return false;  // a window of nothing else gives −∞, not 0
    if (program_.spec(pool.outputs[0]).shape.size() >= program_.spec(y).shape.size()) return false;
    return relu(y) != nullptr && definitions_.is_read_once(y) && !definitions_.is_output(places) &&
           std::ranges::all_of(definitions_.readers(places),
                               [&](int reader) { return is_gradient(step(reader), *relu(y)); });
  }

  /// Whether a step is max_unpool, and all that is read of it is where(x ≤ 0, 0, it).
  bool is_gradient(const Step& unpool, const Step& relu) const {
    const int dy = unpool.outputs[0];
    if (unpool.primitive->kernel != kernels::max_unpool || definitions_.is_output(dy)) return false;
    return std::ranges::all_of(definitions_.readers(dy), [&](int reader) {
      const Step& mask = step(reader);
      if (mask.primitive->loop != kernels::where) return false;
      const Step* const condition = definitions_.of(mask.inputs[0]);
      return mask.inputs[1] == relu.inputs[1] && mask.inputs[2] == dy && condition != nullptr &&
             condition->primitive == less_equal_ && condition->inputs == relu.inputs;
    });
  }

  int new_value(const Shape& shape, DType dtype) {
    program_.values.push_back({shape, dtype});
    return static_cast<int>(program_.values.size()) - 1;
  }

  /// Marks the gradients with the mask that they take in front of unpooling.
  void pool_first(const Step& pool, std::vector<Step>& steps) {
    const Step& rectified = *relu(pool.inputs[0]);
    const int x = rectified.inputs[0], zero = rectified.inputs[1];
    const TensorSpec y = program_.spec(pool.outputs[0]);
    const int highest = new_value(y.shape, y.dtype), is_low = new_value(y.shape, bool_);
    steps.push_back({pool.primitive, pool.attributes, {x}, {highest, pool.outputs[1]}, pool.label});
    steps.push_back({maximum_, {}, {highest, zero}, {pool.outputs[0]}, rectified.label});
    steps.push_back({less_equal_, {}, {highest, zero}, {is_low}, rectified.label});
    for (const int reader : definitions_.readers(pool.outputs[1])) {
      is_low_[step(reader).outputs[0]] = {is_low, zero};
    }
  }

  void unpool_last(const Step& unpool, std::vector<Step>& steps) {
    const auto [is_low, zero] = is_low_.at(unpool.outputs[0]);
    const int g = unpool.inputs[0];
    const int masked = new_value(program_.spec(g).shape, program_.spec(g).dtype);
    steps.push_back({where_, {}, {is_low, zero, g}, {masked}, unpool.label});
    steps.push_back({unpool.primitive,
                     unpool.attributes,
                     {masked, unpool.inputs[1]},
                     unpool.outputs,
                     unpool.label});
  }

  const Primitive* maximum_ = find_primitive("maximum");
  const Primitive* less_equal_ = find_primitive("less_equal");
  const Primitive* where_ = find_primitive("where");
  const Primitive* identity_ = find_primitive("identity");
  Program program_;
  Definitions definitions_;
  std::map<int, std::pair<int, int>> is_low_;  // of gradients: the mask, and the 0 that it gives
};

}  // namespace

Program pool_before_relu(Program program) { return Swap(std::move(program)).result(); }

}  // namespace linseed
