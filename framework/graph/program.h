// Programs: closed graphs, the form in which everything is planned and run.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <linseed/framework/graph/node.h>

namespace linseed {

/// A straight list of primitive applications over numbered values. A row may hold one in its
/// attributes (see Primitive::programs): the body of a loop, the branches of a choice.
struct Program {
  struct Step {
    const Primitive* primitive;
    Attributes attributes;
    std::vector<int> inputs;             // numbers of values
    std::vector<int> outputs;            // numbers of values, defined here for the first time
    const Label* label = Label::none();  // of the node it came from
  };

  std::vector<TensorSpec> values;    // type of each value
  std::vector<int> inputs;           // passed by the caller, in order
  std::vector<Tensor> captured;      // evaluated tensors the function found around it …
  std::vector<int> captured_values;  // … and the values they become
  std::vector<Step> steps;           // in an order in which everything is defined before use
  std::vector<int> outputs;          // returned to the caller, in order

  const TensorSpec& spec(int value) const { return values[static_cast<std::size_t>(value)]; }
};

/// The attributes of a step as text; "" if there are none, or only programs.
std::string attributes_text(const Program::Step& step);

/// A Program together with the nodes its steps came from.
struct ClosedGraph {
  Program program;
  std::vector<std::shared_ptr<Node>> nodes;  // one per step
};

/// Everything that `outputs` need, back to `inputs` (placeholders) and to what is captured:
/// evaluated tensors and, if `level` is that of the inputs' trace, all tensors of lower levels,
/// which are the same whatever the inputs are. Only what is made from nothing (fill, iota) is made
/// again. Throws InvalidArgument if it meets a placeholder that is not among `inputs`.
ClosedGraph close(std::span<const Tensor> outputs, std::span<const Tensor> inputs, int level = 0);

/// A program whose captured tensors have become further inputs, after those it had.
struct Closure {
  std::shared_ptr<const Program> program;
  std::vector<Tensor> captured;
};

/// The part of the graph between `inputs`, placeholders of the current trace level, and `outputs`.
/// Call it before that level ends.
Closure close_over(std::span<const Tensor> outputs, std::span<const Tensor> inputs);

/// The outputs of `program`, without captured tensors, built again as a graph over `inputs`.
std::vector<Tensor> apply_program(const Program& program, std::span<const Tensor> inputs);

/// The types of a program's inputs and outputs.
std::vector<TensorSpec> input_specs(const Program& program);
std::vector<TensorSpec> output_specs(const Program& program);

/// The program as text, one step a line, for tests; programs inside of it indented. For people see
/// print.h.
std::string to_string(const Program& program);

}  // namespace linseed
