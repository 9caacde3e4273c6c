#include <linseed/framework/plan/evaluate.h>

#include <mutex>
#include <unordered_map>

#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/plan.h>
#include <linseed/framework/plan/profile_scope.h>

namespace linseed {
namespace {

std::mutex evaluation_mutex;

/// The steps of `graph` whose nodes are wanted later: the roots, and those that somebody outside of
/// the graph holds, so that reading them afterwards does not compute them again. Under a derivative
/// that is all of them: it reads them on its way back.
std::vector<std::size_t> steps_to_keep(const ClosedGraph& graph, std::span<const Tensor> roots) {
  std::unordered_map<const Node*, long> references_inside;
  for (const auto& node : graph.nodes) {
    ++references_inside[node.get()];  // by graph.nodes itself
    for (const Tensor& input : node->inputs) ++references_inside[input.node().get()];
  }
  for (const Tensor& root : roots) references_inside[root.node().get()] = 0;

  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto& node = graph.nodes[i];
    if (GradientScope::is_open() || node.use_count() > references_inside[node.get()]) {
      kept.push_back(i);
    }
  }
  return kept;
}

/// Gives `node` its values. Nodes drop their inputs then, which is what keeps graphs from growing
/// over the steps of a training run, unless a derivative still has to walk through them.
void publish(const std::shared_ptr<Node>& node, std::vector<BufferPtr> buffers) {
  node->buffers = std::move(buffers);
  node->evaluated.store(true, std::memory_order_release);
  if (GradientScope::is_open()) {
    GradientScope::keep(node);
  } else {
    drop_inputs(*node);
  }
}

}  // namespace

void evaluate_tensors(std::span<const Tensor> tensors) {
  // Freed after the lock: taking a large graph apart needs no mutex.
  ClosedGraph graph;
  const std::scoped_lock lock(evaluation_mutex);

  std::vector<Tensor> roots;
  for (const Tensor& tensor : tensors) {
    if (tensor.is_evaluated()) continue;
    if (tensor.is_traced()) {
      throw InvalidArgument("evaluate: a tensor {} has no value while {} traces the function",
                            tensor.spec(), traced_by(tensor));
    }
    if (tensor.defined()) roots.push_back(tensor);
  }
  if (roots.empty()) return;
  const ProfileScope profile("evaluate");

  graph = close(roots, {});
  const std::vector<std::size_t> kept = steps_to_keep(graph, roots);
  Program& program = graph.program;
  program.outputs.clear();
  for (const std::size_t step : kept) {
    const auto& values = program.steps[step].outputs;
    program.outputs.insert(program.outputs.end(), values.begin(), values.end());
  }
  const std::vector<BufferPtr> buffers = execute(make_plan(std::move(program)), {}, check_finite());
  auto next = buffers.begin();
  for (const std::size_t step : kept) {
    const std::shared_ptr<Node>& node = graph.nodes[step];
    const auto end = next + static_cast<std::ptrdiff_t>(node->outputs.size());
    publish(node, {next, end});
    next = end;
  }
}

}  // namespace linseed
