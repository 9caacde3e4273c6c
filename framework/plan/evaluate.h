// evaluate: computing what has been asked for.
#pragma once

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/node.h>

namespace linseed {

/// Computes all tensors of `trees` together, so that work they share is done once. Evaluate
/// everything a step produced (parameters, state, loss) in one call. InvalidArgument if one is
/// traced.
template <class... Trees>
void evaluate(const Trees&... trees);

template <class... Trees>
void evaluate(const Trees&... trees) {
  std::vector<Tensor> tensors;
  (tree::for_each_leaf(trees, [&](const Tensor& tensor) { tensors.push_back(tensor); }), ...);
  evaluate_tensors(tensors);
}

}  // namespace linseed
