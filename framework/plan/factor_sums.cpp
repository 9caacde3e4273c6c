// What does not vary along the axes of a sum, taken out of it.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/movement.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// Builds a program again, step by step.
class Factoring {
 public:
  explicit Factoring(Program program)
      : program_(std::move(program)), maker_(program_.values.size(), kNone) {}

  Program result() && {
    for (Program::Step& step : std::exchange(program_.steps, {})) {
      const bool is_sum = step.primitive->kernel == kernels::reduce_sum;
      if (is_sum && can_be_factored(program_.spec(step.inputs[0]))) {
        add_sum(std::move(step));
      } else {
        add(std::move(step));
      }
    }
    return without_unused(std::move(program_));
  }

 private:
  static constexpr int kNone = -1;

  /// Integers wrap, and a sum over nothing is 0 whatever a factor is.
  static bool can_be_factored(const TensorSpec& summands) {
    return is_floating(summands.dtype) && summands.shape.size() > 0;
  }

  void add(Program::Step step) {
    for (const int value : step.outputs) {
      maker_[index(value)] = static_cast<int>(program_.steps.size());
    }
    program_.steps.push_back(std::move(step));
  }

  int new_value(TensorSpec spec) {
    program_.values.push_back(std::move(spec));
    maker_.push_back(kNone);
    return static_cast<int>(program_.values.size()) - 1;
  }

  /// The step that makes a value; null if it is an input. Not for long: steps move.
  const Program::Step* maker(int value) const {
    const int made = maker_[index(value)];
    return made == kNone ? nullptr : &program_.steps[index(made)];
  }

  /// The inputs of the step that makes a value, if it is of that primitive; else none.
  std::vector<int> operands(int value, const Primitive* primitive) const {
    const Program::Step* const step = maker(value);
    return step != nullptr && step->primitive == primitive ? step->inputs : std::vector<int>{};
  }

  /// The sum; or that of what its summands are a multiple of, and the multiple of that sum.
  void add_sum(Program::Step sum) {
    const int summands = sum.inputs[0];
    if (const auto negated = operands(summands, negative_); !negated.empty()) {
      if (is_there(negated[0])) {
        return add_sum_then(negative_, std::nullopt, negated[0], std::move(sum));
      }
    }
    const std::vector<int> factors = operands(summands, multiply_);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const int rest = factors[1 - i];
      if (program_.spec(rest) != program_.spec(summands)) continue;
      if (!is_there(rest)) continue;
      if (const auto factor = constant_factor(factors[i], sum)) {
        return add_sum_then(multiply_, factor, rest, std::move(sum));
      }
    }
    add(std::move(sum));
  }

  /// Whether `rest` is there to be summed: what is broadcast would have to be written out.
  bool is_there(int rest) const {
    const Program::Step* const step = maker(rest);
    return step == nullptr || step->primitive != broadcast_;
  }

  /// The sum of other summands, and what is made of it to give the result of `sum`.
  void add_sum_then(const Primitive* operation, std::optional<int> factor, int summands,
                    Program::Step sum) {
    const int result = sum.outputs[0];
    sum.inputs = {summands};
    sum.outputs = {new_value(program_.spec(result))};
    Program::Step outer{operation, {}, sum.outputs, {result}, sum.label};
    if (factor) outer.inputs.push_back(*factor);
    add_sum(std::move(sum));
    add(std::move(outer));
  }

  /// A factor of the summands as one of the sum, if it is the same along all axes of the sum.
  std::optional<int> constant_factor(int value, const Program::Step& sum) {
    const std::vector<int>& axes = sum.attributes.as<kernels::ReduceAttributes>().axes;
    for (auto from = operands(value, broadcast_); !from.empty();
         from = operands(value, broadcast_)) {
      value = from[0];
    }
    const TensorSpec spec = program_.spec(value);
    const int missing = program_.spec(sum.inputs[0]).shape.ndim() - spec.shape.ndim();
    Shape kept;
    for (int i = 0; i < spec.shape.ndim(); ++i) {
      const bool is_summed = std::ranges::find(axes, i + missing) != axes.end();
      if (!is_summed) kept.push_back(spec.shape[i]);
      if (is_summed && spec.shape[i] != 1) return std::nullopt;
    }
    if (kept == spec.shape) return value;
    const int factor = new_value({kept, spec.dtype});
    add({find_primitive("reshape"),
         kernels::ReshapeAttributes{kept},
         {value},
         {factor},
         sum.label});
    return factor;
  }

  const Primitive* const negative_ = find_primitive("negative");
  const Primitive* const multiply_ = find_primitive("multiply");
  const Primitive* const broadcast_ = find_primitive("broadcast_to");
  Program program_;
  std::vector<int> maker_;  // of each value: a step
};

}  // namespace

Program factor_sums(Program program) { return Factoring(std::move(program)).result(); }

}  // namespace linseed
