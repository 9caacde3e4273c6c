#include <linseed/framework/graph/program.h>

#include <mutex>
#include <unordered_map>
#include <utility>

#include <linseed/framework/graph/trace.h>

namespace linseed {
namespace {

/// Numbers the values of a graph while walking it.
class Closer {
 public:
  explicit Closer(int level) : level_(level) {}

  void add_input(const Tensor& input) {
    graph_.program.inputs.push_back(new_value(input.spec()));
    first_value_[input.node().get()] = graph_.program.inputs.back();
  }

  /// Adds `root` and all it needs, depth first, with an explicit stack.
  void add(const Tensor& root) {
    std::vector<std::pair<std::shared_ptr<Node>, std::size_t>> stack;  // node, next input
    if (!known(root)) stack.emplace_back(root.node(), 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next == node->inputs.size()) {
        add_step(node);
        stack.pop_back();
        continue;
      }
      const Tensor& input = node->inputs[next++];
      if (!known(input)) stack.emplace_back(input.node(), 0);
    }
  }

  int value_of(const Tensor& tensor) const {
    const auto captured = captured_value_.find({tensor.node().get(), tensor.output()});
    if (captured != captured_value_.end()) return captured->second;
    return first_value_.at(tensor.node().get()) + tensor.output();
  }

  ClosedGraph finish(std::span<const Tensor> outputs) && {
    for (const Tensor& output : outputs) graph_.program.outputs.push_back(value_of(output));
    return std::move(graph_);
  }

 private:
  using Output = std::pair<const Node*, int>;
  struct OutputHash {
    std::size_t operator()(const Output& output) const {
      return std::hash<const Node*>()(output.first) * 31 + static_cast<std::size_t>(output.second);
    }
  };

  int new_value(TensorSpec spec) {
    graph_.program.values.push_back(std::move(spec));
    return static_cast<int>(graph_.program.values.size()) - 1;
  }

  bool is_captured(const Tensor& tensor) const {
    const Node& node = *tensor.node();
    return tensor.is_evaluated() ||
           (node.trace_level < level_ && (node.primitive == nullptr || !node.inputs.empty()));
  }

  /// True if `tensor` has a value already; a captured tensor is given one here.
  bool known(const Tensor& tensor) {
    if (first_value_.contains(tensor.node().get())) return true;
    if (captured_value_.contains({tensor.node().get(), tensor.output()})) return true;
    if (is_captured(tensor)) {
      const int value = new_value(tensor.spec());
      graph_.program.captured.push_back(tensor);
      graph_.program.captured_values.push_back(value);
      captured_value_[{tensor.node().get(), tensor.output()}] = value;
      return true;
    }
    if (tensor.node()->primitive == nullptr) {
      throw InvalidArgument(
          "{}: a tensor {} of another trace is used here; what a traced function keeps outside of "
          "itself has no value: return it instead",
          traced_by(tensor), tensor.spec());
    }
    return false;
  }

  void add_step(const std::shared_ptr<Node>& node) {
    Program::Step step{node->primitive, node->attributes, {}, {}, node->label};
    for (const Tensor& input : node->inputs) step.inputs.push_back(value_of(input));
    for (const TensorSpec& output : node->outputs) step.outputs.push_back(new_value(output));
    first_value_[node.get()] = step.outputs.front();
    graph_.program.steps.push_back(std::move(step));
    graph_.nodes.push_back(node);
  }

  const int level_;
  ClosedGraph graph_;
  std::unordered_map<const Node*, int> first_value_;  // of a node's outputs, which are consecutive
  std::unordered_map<Output, int, OutputHash> captured_value_;
};

/// The label of a step that is built again: its own, if it has one, else the current one; on the
/// way back if that is where it is built, and unchecked if either says so.
const Label* again(const Label& own) {
  const Label* current = LabelScope::current();
  const Label* label = own.path.empty() ? current : &own;
  if (current->is_backward) label = label->backward;
  return own.may_be_infinite || current->may_be_infinite ? label->unchecked : label;
}

std::vector<TensorSpec> specs_of(const Program& program, const std::vector<int>& values) {
  std::vector<TensorSpec> specs;
  for (const int value : values) specs.push_back(program.spec(value));
  return specs;
}

}  // namespace

std::string attributes_text(const Program::Step& step) {
  const AttributeText* text = step.primitive->attributes;
  return text == nullptr ? "" : text->write(step.attributes);
}

ClosedGraph close(std::span<const Tensor> outputs, std::span<const Tensor> inputs, int level) {
  const std::scoped_lock lock(inputs_mutex());  // another thread may be evaluating what is captured
  Closer closer(level);
  for (const Tensor& input : inputs) closer.add_input(input);
  for (const Tensor& output : outputs) closer.add(output);
  return std::move(closer).finish(outputs);
}

Closure close_over(std::span<const Tensor> outputs, std::span<const Tensor> inputs) {
  Program program = close(outputs, inputs, TraceLevel::current()).program;
  program.inputs.insert(program.inputs.end(), program.captured_values.begin(),
                        program.captured_values.end());
  program.captured_values.clear();
  std::vector<Tensor> captured = std::exchange(program.captured, {});
  return {std::make_shared<const Program>(std::move(program)), std::move(captured)};
}

std::vector<Tensor> apply_program(const Program& program, std::span<const Tensor> inputs) {
  std::vector<Tensor> values(program.values.size());
  const auto value = [&](int number) -> Tensor& {
    return values[static_cast<std::size_t>(number)];
  };
  if (inputs.size() != program.inputs.size() || !program.captured.empty()) {
    throw InternalError("apply_program: {} inputs for {} and {} captured tensors", inputs.size(),
                        program.inputs.size(), program.captured.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) value(program.inputs[i]) = inputs[i];
  for (const Program::Step& step : program.steps) {
    std::vector<Tensor> operands;
    for (const int number : step.inputs) operands.push_back(value(number));
    const LabelScope label(again(*step.label));
    const auto results = apply_all(*step.primitive, std::move(operands), step.attributes);
    for (std::size_t i = 0; i < results.size(); ++i) value(step.outputs[i]) = results[i];
  }
  std::vector<Tensor> outputs;
  for (const int number : program.outputs) outputs.push_back(value(number));
  return outputs;
}

std::vector<TensorSpec> input_specs(const Program& program) {
  return specs_of(program, program.inputs);
}

std::vector<TensorSpec> output_specs(const Program& program) {
  return specs_of(program, program.outputs);
}

}  // namespace linseed
