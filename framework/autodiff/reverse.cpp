#include <linseed/framework/autodiff/reverse.h>

#include <memory>
#include <mutex>
#include <unordered_map>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed {
namespace {

/// The part of a graph on which the leaves have influence.
class InfluencedGraph {
 public:
  InfluencedGraph(std::span<const Tensor> outputs, std::span<const Tensor> leaves) {
    for (const Tensor& leaf : leaves) influenced_[leaf.node().get()] = true;
    // The function may have captured what another thread is evaluating.
    const std::scoped_lock lock(inputs_mutex());
    for (const Tensor& output : outputs) visit(output.node().get());
  }

  bool contains(const Tensor& tensor) const {
    const auto found = influenced_.find(tensor.node().get());
    return found != influenced_.end() && found->second;
  }

  /// A node and its inputs. It may be evaluated, and drop them, on another thread meanwhile.
  struct Step {
    Node* node;
    std::vector<Tensor> inputs;
  };

  /// Influenced nodes, leaves excluded, each after all it depends on.
  const std::vector<Step>& in_order() const { return order_; }

 private:
  void visit(Node* root) {
    std::vector<std::pair<Node*, std::size_t>> stack;  // node, next input
    const auto enter = [&](Node* node) {
      if (!influenced_.contains(node)) {
        influenced_[node] = false;
        stack.emplace_back(node, 0);
      }
    };
    enter(root);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node->inputs.size()) {
        enter(node->inputs[next++].node().get());
        continue;
      }
      if (node->primitive == nullptr || !node->primitive->stops_derivatives) {
        for (const Tensor& input : node->inputs) {
          if (contains(input)) influenced_[node] = true;
        }
      }
      if (influenced_[node]) order_.push_back({node, node->inputs});
      stack.pop_back();
    }
  }

  std::unordered_map<const Node*, bool> influenced_;
  std::vector<Step> order_;
};

/// The cotangents gathered so far, by node and output.
class Cotangents {
 public:
  void add(const Tensor& of, const Tensor& part) {
    auto& outputs = by_node_[of.node().get()];
    outputs.resize(of.node()->outputs.size());
    Tensor& sum = outputs[static_cast<std::size_t>(of.output())];
    sum = sum.defined() ? sum + part : part;
  }

  /// Those of a node's outputs; empty if none arrived. They are not needed again.
  std::vector<Tensor> take(const Node* node) {
    const auto found = by_node_.find(node);
    if (found == by_node_.end()) return {};
    std::vector<Tensor> outputs = std::move(found->second);
    by_node_.erase(found);
    return outputs;
  }

 private:
  std::unordered_map<const Node*, std::vector<Tensor>> by_node_;
};

void propagate(const InfluencedGraph::Step& step, const std::vector<Tensor>& cotangents,
               const InfluencedGraph& graph, Cotangents& gathered) {
  Node& node = *step.node;
  const std::vector<Tensor>& inputs = step.inputs;
  if (node.primitive->derivative == nullptr) {
    throw NotSupported(
        "{} has no derivative: {}; wrap its input in stop_gradient if none is wanted",
        node.primitive->name, node.primitive->no_derivative);
  }
  const auto needed = std::make_unique<bool[]>(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) needed[i] = graph.contains(inputs[i]);

  // The outputs, as tensors of the same node: the rule may read them.
  std::vector<Tensor> outputs;
  const std::shared_ptr<Node> self = node.shared_from_this();
  for (int i = 0; i < static_cast<int>(node.outputs.size()); ++i) outputs.emplace_back(self, i);

  const LabelScope label(node.label->backward);
  const auto parts = node.primitive->derivative(
      Backward(node.attributes, inputs, outputs, cotangents, {needed.get(), inputs.size()}));
  if (parts.size() != inputs.size()) {
    throw InternalError("the derivative of {} gives {} cotangents for {} inputs",
                        node.primitive->name, parts.size(), inputs.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!needed[i] || !parts[i].defined()) continue;
    if (parts[i].spec() != inputs[i].spec()) {
      throw InternalError("the derivative of {} gives a cotangent {} for an input {}",
                          node.primitive->name, parts[i].spec(), inputs[i].spec());
    }
    gathered.add(inputs[i], parts[i]);
  }
}

}  // namespace

std::vector<Tensor> pull_back(std::span<const Tensor> outputs, std::span<const Tensor> cotangents,
                              std::span<const Tensor> leaves) {
  const InfluencedGraph graph(outputs, leaves);
  Cotangents gathered;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (cotangents[i].defined()) gathered.add(outputs[i], cotangents[i]);
  }
  for (auto step = graph.in_order().rbegin(); step != graph.in_order().rend(); ++step) {
    const std::vector<Tensor> arrived = gathered.take(step->node);
    if (!arrived.empty()) propagate(*step, arrived, graph, gathered);
  }

  std::vector<Tensor> gradients;
  for (const Tensor& leaf : leaves) {
    const std::vector<Tensor> arrived = gathered.take(leaf.node().get());
    gradients.push_back(arrived.empty() ? Tensor() : arrived.front());
  }
  return gradients;
}

std::vector<Tensor> pull_back(const Program& program, std::span<const Tensor> inputs,
                              std::span<const Tensor> cotangents, const std::vector<bool>& needed) {
  std::vector<Tensor> arguments(inputs.begin(), inputs.end());
  std::vector<Tensor> leaves;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!needed[i] || !is_floating(inputs[i].dtype())) continue;
    arguments[i] = identity(inputs[i]);
    leaves.push_back(arguments[i]);
    places.push_back(i);
  }
  const std::vector<Tensor> outputs = apply_program(program, arguments);
  std::vector<Tensor> arriving(cotangents.begin(), cotangents.end());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!is_floating(outputs[i].dtype())) arriving[i] = Tensor();
  }
  const std::vector<Tensor> parts = pull_back(outputs, arriving, leaves);
  std::vector<Tensor> result(inputs.size());
  for (std::size_t i = 0; i < places.size(); ++i) result[places[i]] = parts[i];
  return result;
}

Tensor or_zeros(const Tensor& cotangent, const Tensor& tensor) {
  return cotangent.defined() ? cotangent : zeros_like(tensor);
}

std::vector<Tensor> detail::reverse(const Tensor& value, std::span<const Tensor> leaves) {
  if (value.ndim() != 0 || !is_floating(value.dtype())) {
    throw InvalidArgument(
        "grad: the function must return a floating scalar, got {}; reduce it with sum or mean",
        value.spec());
  }
  const ReverseScope scope;
  const Tensor one = ones_like(value);
  std::vector<Tensor> gradients = pull_back(std::span(&value, 1), std::span(&one, 1), leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) gradients[i] = or_zeros(gradients[i], leaves[i]);
  return gradients;
}

}  // namespace linseed
