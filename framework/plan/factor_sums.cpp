// What does not vary along the axes of a sum, taken out of it.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/elementwise.h>
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
      : program_(std::move(program)), producer_(program_.values.size(), kNone) {}

  Program result() && {
    for (Program::Step& step : std::exchange(program_.steps, {})) {
      const bool is_sum = step.primitive->kernel == kernels::reduce_sum;
      if (is_sum && is_floating(spec(step).dtype) && spec(step).shape.size() > 0) {
        add_sum(std::move(step));
      } else {
        add(std::move(step));
      }
    }
    return without_unused(std::move(program_));
  }

 private:
  static constexpr int kNone = -1;

  void add(Program::Step step) {
    for (const int value : step.outputs) {
      producer_[index(value)] = static_cast<int>(program_.steps.size());
    }
    program_.steps.push_back(std::move(step));
  }

  /// Of what a step reads first.
  const TensorSpec& spec(const Program::Step& step) const { return program_.spec(step.inputs[0]); }

  int new_value(TensorSpec spec) {
    program_.values.push_back(std::move(spec));
    producer_.push_back(kNone);
    return static_cast<int>(program_.values.size()) - 1;
  }

  /// The inputs of the step that makes a value, if it has that kernel or that loop; else none.
  std::vector<int> operands(int value, Kernel kernel) const {
    const int made = producer_[index(value)];
    if (made == kNone || program_.steps[index(made)].primitive->kernel != kernel) return {};
    return program_.steps[index(made)].inputs;
  }

  /// The sum; or that of what its summands are a multiple of, and the multiple of that sum.
  void add_sum(Program::Step sum) {
    static constexpr Kernel kNegative = kernels::elementwise<kernels::negative>;
    static constexpr Kernel kMultiply = kernels::elementwise<kernels::multiply>;
    const int summands = sum.inputs[0];
    if (const std::vector<int> negated = operands(summands, kNegative); !negated.empty()) {
      return add_sum_and(find_primitive("negative"), {}, negated[0], std::move(sum));
    }
    const std::vector<int> factors = operands(summands, kMultiply);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const int other = factors[1 - i];
      if (program_.spec(other) != program_.spec(summands)) continue;
      const std::optional<int> factor = constant_factor(factors[i], sum);
      if (factor) return add_sum_and(find_primitive("multiply"), {*factor}, other, std::move(sum));
    }
    add(std::move(sum));
  }

  /// The sum of other summands, and an operation on it that gives the result of `sum`.
  void add_sum_and(const Primitive* operation, const std::vector<int>& factor, int summands,
                   Program::Step sum) {
    const int result = sum.outputs[0];
    sum.inputs = {summands};
    sum.outputs = {new_value(program_.spec(result))};
    Program::Step outer{operation, {}, sum.outputs, {result}, sum.label};
    outer.inputs.insert(outer.inputs.end(), factor.begin(), factor.end());
    add_sum(std::move(sum));
    add(std::move(outer));
  }

  /// A factor of the summands as one of the sum, if it is the same along all axes of the sum.
  std::optional<int> constant_factor(int value, const Program::Step& sum) {
    const std::vector<int>& axes = sum.attributes.as<kernels::ReduceAttributes>().axes;
    for (auto from = operands(value, kernels::broadcast); !from.empty();
         from = operands(value, kernels::broadcast)) {
      value = from[0];
    }
    const TensorSpec type = program_.spec(value);
    const int missing = spec(sum).shape.ndim() - type.shape.ndim();
    Shape kept;
    for (int i = 0; i < type.shape.ndim(); ++i) {
      const bool is_summed = std::ranges::find(axes, i + missing) != axes.end();
      if (!is_summed) kept.push_back(type.shape[i]);
      if (is_summed && type.shape[i] != 1) return std::nullopt;
    }
    if (kept == type.shape) return value;
    const int factor = new_value({kept, type.dtype});
    add({find_primitive("reshape"),
         kernels::ReshapeAttributes{kept},
         {value},
         {factor},
         sum.label});
    return factor;
  }

  Program program_;
  std::vector<int> producer_;  // of each value: a step
};

}  // namespace

Program factor_sums(Program program) { return Factoring(std::move(program)).result(); }

}  // namespace linseed
