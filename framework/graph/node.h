// The nodes of the lazy graph, and how they are built and destroyed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/tensor.h>
#include <linseed/framework/graph/attributes.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/primitive.h>

namespace linseed {

/// An application of a primitive, or a leaf (no primitive): a constant with buffers, or a
/// placeholder without. Built once; afterwards only evaluation changes it, filling `buffers` and
/// dropping `inputs`.
struct Node : std::enable_shared_from_this<Node> {
  const Primitive* primitive = nullptr;
  Attributes attributes;
  std::vector<Tensor> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<BufferPtr> buffers;       // one per output, once evaluated
  std::atomic<bool> evaluated = false;  // release-published after `buffers` are filled
  const Label* label = nullptr;         // of whom it was built for; null for a leaf
  int trace_level = 0;                  // the highest of the placeholders it is computed from
  int depth = 0;                        // longest way to an evaluated node or leaf

  Node();
  ~Node();  // iterative: a chain of a million nodes must not overflow the stack
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Nodes alive in the process, for tests that watch for growth.
  static std::int64_t count();
};

/// Applies `primitive`: checks types at once and computes nothing. Halves are computed with in
/// float32, unless the primitive `takes_halves`: they are cast before, the results after. A graph
/// that is more than kEvaluationDepth nodes deep, and can be evaluated, is, so forgetting to
/// evaluate cannot leak.
std::vector<Tensor> apply_all(const Primitive& primitive, std::vector<Tensor> inputs,
                              Attributes attributes = {});
/// The first (for most primitives the only) output.
Tensor apply(const Primitive& primitive, std::vector<Tensor> inputs, Attributes attributes = {});

inline constexpr int kEvaluationDepth = 4096;

/// A leaf that owns (or shares) `buffer`.
Tensor constant(BufferPtr buffer, TensorSpec spec);

/// A leaf without a value, of the current trace level: an argument of the function that
/// `transformation` traces.
Tensor placeholder(TensorSpec spec, std::string transformation);

/// The name of the transformation that `tensor` is traced by.
std::string traced_by(const Tensor& tensor);

/// Locked by whoever reads the inputs of nodes that other threads may be evaluating.
std::mutex& inputs_mutex();

/// Forgets how the evaluated `node` was made.
void drop_inputs(Node& node);

/// Computes all of `tensors` together. Declared here, where reading a value or a deep graph asks
/// for it; the plan defines it. Throws InvalidArgument if one is traced.
void evaluate_tensors(std::span<const Tensor> tensors);

/// `x` as `dtype`; the operation of that name, declared here too, where halves are cast.
Tensor astype(const Tensor& x, DType dtype);

}  // namespace linseed
