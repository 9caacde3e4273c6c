// Programs: closed graphs, the form in which everything is planned and run.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <linseed/framework/graph/node.h>

namespace linseed {

/// A straight list of primitive applications over numbered values.
struct Program {
  struct Step {
    const Primitive* primitive;
    Attributes attributes;
    std::vector<int> inputs;   // numbers of values
    std::vector<int> outputs;  // numbers of values, defined here for the first time
  };

  std::vector<TensorSpec> values;    // type of each value
  std::vector<int> inputs;           // passed by the caller, in order
  std::vector<Tensor> captured;      // evaluated tensors the function found around it …
  std::vector<int> captured_values;  // … and the values they become
  std::vector<Step> steps;           // in an order in which everything is defined before use
  std::vector<int> outputs;          // returned to the caller, in order
};

/// A Program together with the nodes its steps came from.
struct ClosedGraph {
  Program program;
  std::vector<std::shared_ptr<Node>> nodes;  // one per step
};

/// Everything that `outputs` need, back to `inputs` (placeholders) and evaluated tensors.
/// Throws InvalidArgument if it meets a placeholder that is not among `inputs`.
ClosedGraph close(std::span<const Tensor> outputs, std::span<const Tensor> inputs);

/// The program as text, one step a line, for people and tests.
std::string to_string(const Program& program);

}  // namespace linseed
