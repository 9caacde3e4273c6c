// Exported functions: what a network computes, for programs that do not have its source.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/io/state.h>

namespace linseed {

/// A function of a state and of further tensors, closed: its steps, and the constants it found
/// around it. A checkpoint can keep it (SaveOptions::functions), so that others, such as the
/// command `linseed predict`, run a network of which they have nothing but the file.
struct Exported {
  /// A tensor of the state by its path there, as a checkpoint writes it:
  /// "stats/%2FBatchNorm_1/mean".
  struct Named {
    std::string name;
    TensorSpec spec;
  };

  std::vector<Named> state;                // what it reads of the state
  std::vector<TensorSpec> arguments;       // what else it is given
  std::vector<Named> results;              // what it returns, by path; "" for a tensor on its own
  std::shared_ptr<const Program> program;  // inputs: state, arguments, constants
  std::vector<Tensor> constants;

  /// The results as a graph over `state_tensors` and `argument_tensors`, in the orders above; under
  /// jit it becomes a plan. InvalidArgument for tensors of other number, shape or dtype.
  std::vector<Tensor> call(std::span<const Tensor> state_tensors,
                           std::span<const Tensor> argument_tensors) const;
};

namespace io {

/// Puts placeholders in the place of a state's tensors. What the program counts by stays a number.
struct StateTracer : tree::Visitor {
  static constexpr bool wants_counters = false;
  void leaf(Tensor& tensor) const {
    if (tensor.defined()) tensor = placeholder(tensor.spec(), "export_function");
  }
};

/// Closes what was traced: results that are tensors of the state untouched, or do not depend on
/// what was traced, are left out.
Exported close_function(const State& traced_state, std::span<const Tensor> traced_arguments,
                        const State& traced_results);

}  // namespace io

/// Traces f(state, arguments…) on tensors of these shapes and dtypes, as jit does, and closes it.
///
///   const auto predict = export_function(
///       [](const TrainState& state, const Tensor& images) {
///         const auto model = state.optimizer.target.partial(&CNN::train, false);
///         return nn::stateful(state.stats, nn::frozen, [&] { return model(images); });
///       },
///       state, TensorSpec{{32, 28, 28, 1}, float32});
///   save_checkpoint("runs/cnn", state, step, {.functions = {{"predict", predict}}});
///
/// f returns a tensor or a tree. If it returns the state with some of its tensors replaced, the
/// results are these alone, under their paths. NotSupported for steps that run programs of their
/// own (scan, cond, while_loop, pmap). InvalidArgument if f reads a value, as under jit; where a
/// run stands in its data (data::Position) is no part of the function.
///
/// By convention "predict" takes images [batch, height, width, channels] float32 in [0, 1] and
/// returns logits [batch, classes]; "batch_stats" takes the same and returns the state with the
/// statistics of that batch alone, from nn::stateful(…, nn::unaveraged, …).
template <class S, class F, class... Specs>
Exported export_function(const F& f, const S& state, const Specs&... arguments) {
  static_assert((std::convertible_to<Specs, TensorSpec> && ...),
                "export_function: after the state come the TensorSpecs of the other arguments");
  const PlaceholderScope scope;
  S traced_state = state;
  io::StateTracer tracer;
  tree::visit(traced_state, tracer);
  const std::vector<Tensor> traced{placeholder(arguments, "export_function")...};
  const S& own = traced_state;
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return io::close_function(io::describe(own), traced, io::describe(f(own, traced[i]...)));
  }
  (std::index_sequence_for<Specs...>());
}

}  // namespace linseed
