#include <linseed/framework/graph/program.h>

#include <unordered_map>
#include <unordered_set>

namespace linseed {
namespace {

/// Numbers the values of a graph while walking it.
class Closer {
 public:
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

  /// True if `tensor` has a value already; an evaluated tensor is given one here.
  bool known(const Tensor& tensor) {
    if (first_value_.contains(tensor.node().get())) return true;
    if (captured_value_.contains({tensor.node().get(), tensor.output()})) return true;
    if (tensor.is_evaluated()) {
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
    Program::Step step{node->primitive, node->attributes, {}, {}};
    for (const Tensor& input : node->inputs) step.inputs.push_back(value_of(input));
    for (const TensorSpec& output : node->outputs) step.outputs.push_back(new_value(output));
    first_value_[node.get()] = step.outputs.front();
    graph_.program.steps.push_back(std::move(step));
    graph_.nodes.push_back(node);
  }

  ClosedGraph graph_;
  std::unordered_map<const Node*, int> first_value_;  // of a node's outputs, which are consecutive
  std::unordered_map<Output, int, OutputHash> captured_value_;
};

}  // namespace

ClosedGraph close(std::span<const Tensor> outputs, std::span<const Tensor> inputs) {
  Closer closer;
  for (const Tensor& input : inputs) closer.add_input(input);
  for (const Tensor& output : outputs) closer.add(output);
  return std::move(closer).finish(outputs);
}

std::string to_string(const Program& program) {
  const auto list = [](const std::vector<int>& values) {
    std::string text;
    for (const int value : values) text += fmt::format("{}%{}", text.empty() ? "" : ", ", value);
    return text;
  };
  std::string text = fmt::format("inputs {}\n", list(program.inputs));
  for (std::size_t i = 0; i < program.captured.size(); ++i) {
    const int value = program.captured_values[i];
    text +=
        fmt::format("%{} = captured {}\n", value, program.values[static_cast<std::size_t>(value)]);
  }
  for (const Program::Step& step : program.steps) {
    text += fmt::format("{} = {} {}", list(step.outputs), step.primitive->name, list(step.inputs));
    for (const int value : step.outputs) {
      text += fmt::format("  {}", program.values[static_cast<std::size_t>(value)]);
    }
    text += '\n';
  }
  return text + fmt::format("outputs {}\n", list(program.outputs));
}

}  // namespace linseed
