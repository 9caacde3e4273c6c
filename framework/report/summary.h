// What a model consists of and what it costs, from shapes alone.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <linseed/framework/module/module.h>

namespace linseed::nn {

struct SummaryOptions {
  bool training = true;  // count what derivatives need, too
  double memory_limit = std::numeric_limits<double>::infinity();  // bytes
  /// Modules that are nested deeper are part of the one around them; 1: the children of the model.
  int depth = std::numeric_limits<int>::max();
};

/// One module. All numbers are its own, without the modules inside of it: so each parameter, each
/// operation and each byte is in one row, however modules are nested or shared.
struct SummaryRow {
  std::string path;                // "/block/Conv_1"
  std::vector<TensorSpec> output;  // of its last use
  int uses = 0;                    // calls, of its methods too: more than 1 for a shared module
  std::int64_t params = 0;         // numbers in its parameters
  std::int64_t state = 0;          // numbers in its state
  /// Half of the arithmetic operations of the forward pass, for the whole batch: a multiply-add is
  /// two of them. What falls into padding is not computed and does not count.
  double multiply_adds = 0;
  /// Most bytes alive at once while it runs, in a forward pass alone: parameters, state, inputs and
  /// the activations that are needed then or later, as jit plans them.
  double forward_bytes = 0;
  double kept_bytes = 0;  // what it computes forward and derivatives read: kept until then
  /// Most bytes alive while it runs or is differentiated: the above, gradients and all that is
  /// kept.
  double training_bytes = 0;

  bool operator==(const SummaryRow&) const = default;
};

/// The layer at which memory ends, in the order in which things run.
struct OutOfMemory {
  std::string path;
  bool is_backward = false;  // while it is differentiated
  double bytes = 0;          // taken by then

  bool operator==(const OutOfMemory&) const = default;
};

struct Summary {
  std::vector<TensorSpec> inputs;
  std::vector<SummaryRow> rows;  // a module before those inside of it, otherwise as they run
  /// Of all rows: sums. But forward_bytes and training_bytes are what a run takes from beginning to
  /// end, more than any row: what was taken stays so, and a place that is free may be too small.
  SummaryRow total;
  double param_bytes = 0;
  double memory_limit = 0;
  bool training = true;
  std::optional<OutOfMemory> forward_overrun;   // where a forward pass passes the limit
  std::optional<OutOfMemory> training_overrun;  // where training does
};

namespace detail {

/// A module's functions, whatever its type.
struct Summarised {
  std::function<Tree(const Tensor& key, const std::vector<Tensor>& inputs)> init;  // parameters
  std::function<Tree(const Tree& params, const std::vector<Tensor>& inputs)> run;  // the output
};

Summary summarise(const Summarised& module, const std::vector<TensorSpec>& inputs,
                  const SummaryOptions& options);

}  // namespace detail

/// The modules of `module` with shapes, parameters and costs for inputs of these shapes (and
/// dtypes; default float32). Nothing is computed, neither the forward pass nor initial values, so
/// the model may be larger than memory. (Orthogonal initialisers do compute theirs.)
///
///   fmt::print("{}", nn::summary(CNN{}, {{{128, 28, 28, 1}}}, {.memory_limit = 2e9}));
///
/// The loss that is differentiated is the sum of the outputs, with respect to all parameters; what
/// no module computes, such as the loss, is in the row of the model, and what runs inside of scan
/// or cond in the row of the module that calls those. What an optimiser keeps comes
/// on top: Adam twice the bytes of the parameters. The module runs as its fields say (so give it
/// `train = true` if it has that), with a state and a key for randomness.
///
/// Errors as of init_by_shape. InvalidArgument if the depth is less than 1. NotSupported if an
/// output has no derivative: say .training = false.
template <class M>
Summary summary(const M& module, const std::vector<TensorSpec>& specs,
                const SummaryOptions& options = {}) {
  constexpr std::string_view kWho = "summary";
  const detail::Summarised functions{
      [&](const Tensor& key, const std::vector<Tensor>& inputs) {
        return detail::with_tensors<M>(module, kWho, inputs, [&](const auto&... x) {
          return detail::init(module, {}, key, x...).params;
        });
      },
      [&](const Tree& params, const std::vector<Tensor>& inputs) {
        return detail::with_tensors<M>(module, kWho, inputs, [&](const auto&... x) {
          return tree::to_tree(detail::call(module, {}, params, x...));
        });
      }};
  return detail::summarise(functions, specs, options);
}

/// The table, and, if there is a limit of memory, what does not fit into it:
///   module    output    params  state  mult-adds  forward  kept  training
///   /         [4,1000]       0      0          0      0 B   4 B   28.1 kB
///   /Dense_0  [4,3]          6      0         24  12.1 kB  48 B   28.2 kB
///   …
///   total                3,006      0     12.0 k  28.1 kB  52 B   40.2 kB
///   inputs [4,2]; parameters 12.0 kB
std::string to_string(const Summary& summary);

}  // namespace linseed::nn

template <>
struct fmt::formatter<linseed::nn::Summary> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const linseed::nn::Summary& summary, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::nn::to_string(summary), context);
  }
};
