// Element-wise steps, and sums over leading axes of what they compute or read, joined into one.
//
// Steps of one shape that read each other's results are put into one group, as far as no step
// outside of it would have to run both after and before it. A group becomes one step, after all
// that it reads and before all that reads it.
#include <algorithm>
#include <map>
#include <set>

#include <linseed/framework/kernels/elementwise_loop.h>
#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/movement.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/plan/fused_primitive.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/framework/plan/step_groups.h>

namespace linseed {
namespace {

using kernels::FusedAttributes;
using kernels::FusedOperation;
using kernels::Fusion;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// So many steps at most become one, so that what they work on can stay in cache.
constexpr std::size_t kMostOperations = 64;

/// An operation that costs at most so many ns per element is computed again rather than kept.
constexpr double kCheap = 0.3;

std::string text(const FusedAttributes& attributes) { return fusion_text(attributes.fusion); }

/// Casts included.
std::size_t operations(const FusedAttributes& attributes) {
  return attributes.fusion.operations.size() + attributes.fusion.sums.size();
}

const Primitive kFused =
    fused_primitive<FusedAttributes, text, operations>("fused", kernels::fused, /*in_place=*/true);

/// What an element-wise step costs, in ns per element; 0 for any other step.
double loop_cost(const Program& program, const Program::Step& step) {
  if (step.primitive->loop == nullptr) return 0;
  std::vector<DType> operands;
  for (const int input : step.inputs) operands.push_back(program.spec(input).dtype);
  return step.primitive->loop({operands, program.spec(step.outputs[0]).dtype}).cost;
}

/// Element-wise steps broadcast by themselves: they read what was broadcast.
Program read_before_broadcast(Program program) {
  const std::vector<int> producer = producers(program);
  for (Program::Step& step : program.steps) {
    if (step.primitive->loop == nullptr) continue;
    for (int& input : step.inputs) {
      for (int made = producer[index(input)]; made >= 0; made = producer[index(input)]) {
        const Program::Step& source = program.steps[index(made)];
        if (source.primitive->kernel != kernels::broadcast) break;
        input = source.inputs.front();
      }
    }
  }
  return program;
}

/// Groups the steps of a program and writes each group as one.
class Fuser {
 public:
  explicit Fuser(const Program& program)
      : program_(program),
        producer_(producers(program)),
        readers_(program.values.size()),
        groups_(program) {
    const int count = static_cast<int>(program.steps.size());
    for (int i = 0; i < count; ++i) {
      const bool has_elements = domain(i).size() > 0;
      cost_.push_back(has_elements ? loop_cost(program, step(i)) : 0);
      axes_.push_back(has_elements ? axes_of_sum(i) : nullptr);
      for (const int input : step(i).inputs) readers_[index(input)].push_back(i);
    }
    for (int i = 0; i < count; ++i) {
      if (!is_elementwise(i) && !is_sum(i)) continue;
      for (const int input : step(i).inputs) {
        const int made = producer_[index(input)];
        if (made >= 0 && is_elementwise(made) && domain(made) == domain(i)) join(made, i);
      }
    }
    for (int i = 0; i < count; ++i) {
      if (!is_sum(i)) continue;
      join_beside(i, /*has_sum=*/true);
      join_beside(i, /*has_sum=*/false);
    }
    for (const int output : program.outputs) readers_[index(output)].push_back(kCaller);
  }

  std::vector<Program::Step> steps() const {
    std::vector<Program::Step> steps;
    for (const int group : groups_.in_order()) {
      const std::vector<int> operations = operations_of(group);
      if (operations.size() == 1) steps.push_back(step(operations.front()));
      if (operations.size() > 1) steps.push_back(fused(group, operations));
    }
    return steps;
  }

 private:
  static constexpr int kCaller = -1;

  const Program::Step& step(int number) const { return program_.steps[index(number)]; }
  /// The shape that a step goes through: that of its result, or of what it sums.
  const Shape& domain(int number) const {
    const Program::Step& s = step(number);
    const bool is_reduction = s.primitive->kernel == kernels::reduce_sum;
    return program_.spec(is_reduction ? s.inputs[0] : s.outputs[0]).shape;
  }
  bool is_elementwise(int number) const { return cost_[index(number)] > 0; }
  bool is_sum(int number) const { return axes_[index(number)] != nullptr; }

  /// The axes of a sum that can be taken on the way; null for any other step.
  const std::vector<int>* axes_of_sum(int number) const {
    const Program::Step& s = step(number);
    if (s.primitive->kernel != kernels::reduce_sum) return nullptr;
    const auto& axes = s.attributes.as<kernels::ReduceAttributes>().axes;
    return kernels::can_sum_fused(program_.spec(s.inputs[0]), axes) ? &axes : nullptr;
  }

  /// Joins the groups of two steps, if all their sums are over the same axes and none of them is
  /// read inside: a sum is there when the group is done.
  void join(int a, int b) {
    const std::size_t size =
        groups_.members(groups_.group_of(a)).size() + groups_.members(groups_.group_of(b)).size();
    if (size > kMostOperations) return;
    const std::vector<int>* axes = nullptr;
    for (const int group : {groups_.group_of(a), groups_.group_of(b)}) {
      for (const int member : groups_.members(group)) {
        if (!is_sum(member)) continue;
        if (axes != nullptr && *axes != *axes_[index(member)]) return;
        axes = axes_[index(member)];
        for (const int reader : readers_[index(step(member).outputs[0])]) {
          const int other = groups_.group_of(reader);
          if (other == groups_.group_of(a) || other == groups_.group_of(b)) return;
        }
      }
    }
    groups_.join(a, b);
  }

  /// Joins a sum that is in no group with the group of a step that goes through its summands
  /// anyway, and which has, or has not, a sum.
  void join_beside(int sum, bool has_sum) {
    for (const int reader : readers_[index(step(sum).inputs[0])]) {
      if (groups_.members(groups_.group_of(sum)).size() > 1) return;
      if (!is_elementwise(reader) || domain(reader) != domain(sum)) continue;
      const auto& members = groups_.members(groups_.group_of(reader));
      if (std::ranges::any_of(members, [&](int m) { return is_sum(m); }) == has_sum) {
        join(reader, sum);
      }
    }
  }

  /// Whether a step's result is computed again wherever it is read, instead of being kept: from one
  /// input of its size, quickly, and by steps of the same shape only.
  bool is_repeated(int number) const {
    if (!is_elementwise(number) || cost_[index(number)] > kCheap) return false;
    const TensorSpec& result = program_.spec(step(number).outputs[0]);
    int long_input = -1;
    for (const int input : step(number).inputs) {
      const int made = producer_[index(input)];
      if (made >= 0 && groups_.group_of(made) == groups_.group_of(number)) return false;
      const TensorSpec& spec = program_.spec(input);
      if (spec.shape != result.shape) continue;
      if (size_of(spec.dtype) > size_of(result.dtype)) return false;
      if (long_input >= 0 && long_input != input) return false;
      long_input = input;
    }
    const auto& readers = readers_[index(step(number).outputs[0])];
    return std::ranges::all_of(readers, [&](int reader) {
      if (reader == kCaller || domain(reader) != result.shape) return false;
      return is_elementwise(reader) || groups_.members(groups_.group_of(reader)).size() > 1;
    });
  }

  /// The steps that a group has to compute: its own, and those of others that it computes again.
  std::vector<int> operations_of(int group) const {
    std::set<int> operations;
    std::vector<int> open;
    const auto need = [&](int number) {
      if (operations.insert(number).second) open.push_back(number);
    };
    for (const int member : groups_.members(group)) {
      if (!is_repeated(member)) need(member);
    }
    while (!open.empty()) {
      const int number = open.back();
      open.pop_back();
      for (const int input : step(number).inputs) {
        const int made = producer_[index(input)];
        if (made >= 0 && is_repeated(made)) need(made);
      }
    }
    return {operations.begin(), operations.end()};
  }

  Program::Step fused(int group, const std::vector<int>& operations) const {
    Program::Step result{&kFused, {}, {}, {}, step(operations.back()).label};
    std::map<int, int> number;  // inside of the fused step, of each value of the program
    for (const int operation : operations) number[step(operation).outputs[0]] = -1;
    for (const int operation : operations) {
      for (const int input : step(operation).inputs) {
        if (!number.try_emplace(input, static_cast<int>(result.inputs.size())).second) continue;
        result.inputs.push_back(input);
      }
    }
    Fusion fusion{.inputs = specs_of(result.inputs), .shape = domain(operations.front())};
    std::vector<int> sums;
    for (const int operation : operations) {
      const Program::Step& s = step(operation);
      const int value = s.outputs[0];
      if (is_sum(operation)) {
        fusion.sums.push_back(number.at(s.inputs[0]));
        fusion.axes = *axes_[index(operation)];
        sums.push_back(value);
        continue;
      }
      std::vector<int> operands;
      for (const int input : s.inputs) operands.push_back(number.at(input));
      number[value] = static_cast<int>(result.inputs.size() + fusion.operations.size());
      fusion.operations.push_back(
          {s.primitive->name, s.primitive->loop, operands, program_.spec(value).dtype});
      if (groups_.group_of(operation) == group && is_kept(operation)) {
        fusion.outputs.push_back(number[value]);
        result.outputs.push_back(value);
      }
    }
    result.outputs.insert(result.outputs.end(), sums.begin(), sums.end());
    result.attributes = FusedAttributes(std::move(fusion));
    return result;
  }

  std::vector<TensorSpec> specs_of(const std::vector<int>& values) const {
    std::vector<TensorSpec> specs;
    for (const int value : values) specs.push_back(program_.spec(value));
    return specs;
  }

  /// Whether others read a step's result, and do not compute it again.
  bool is_kept(int number) const {
    if (is_repeated(number)) return false;
    return std::ranges::any_of(readers_[index(step(number).outputs[0])], [&](int reader) {
      return reader == kCaller || groups_.group_of(reader) != groups_.group_of(number);
    });
  }

  const Program& program_;
  std::vector<int> producer_;
  std::vector<std::vector<int>> readers_;  // of each value: steps, and the caller
  StepGroups groups_;
  std::vector<double> cost_;  // of each step, in ns per element; 0: not element-wise
  std::vector<const std::vector<int>*> axes_;  // of each step, if it is a sum taken on the way
};

}  // namespace

Program fuse_elementwise(Program program) {
  program = without_unused(read_before_broadcast(std::move(program)));
  program.steps = Fuser(program).steps();
  return program;
}

}  // namespace linseed
