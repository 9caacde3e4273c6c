// Initialisation from shapes alone.
#pragma once

#include <utility>
#include <vector>

#include <linseed/framework/graph/trace.h>
#include <linseed/framework/module/application.h>
#include <linseed/framework/module/stochastic.h>

namespace linseed::nn::detail {

/// Placeholders for the inputs of `init_by_shape`.
std::vector<Tensor> abstract_inputs(const std::vector<TensorSpec>& specs);
/// Evaluates what `init_by_shape` made; InvalidArgument names a parameter that depends on the value
/// of an input.
void finish_parameters(const Tree& params);
/// `output` itself, or a placeholder like it if it depends on the value of an input.
Tensor abstract_output(const Tensor& output);
[[noreturn]] void throw_wrong_input_count(std::string_view module_name, std::size_t count);

inline constexpr std::size_t kMaxAbstractInputs = 8;

/// True if m.apply takes as many tensors as there are `i`, followed by `Args`.
template <class M, class... Args, std::size_t... i>
constexpr bool takes_tensors(std::index_sequence<i...>) {
  return requires(const M& m, const Tensor& x, const Args&... args) {
    m.apply((static_cast<void>(i), x)..., args...);
  };
}

/// init with `count` abstract inputs in front of `args`. A module's number of inputs is fixed by
/// its apply; the number of specs is known at run time only, so each possible one is tried.
template <std::size_t count, class M, class... Args>
auto init_by_shape(const M& module, const Place& place, const Tensor& key,
                   const std::vector<TensorSpec>& specs, const Args&... args) {
  using Count = std::make_index_sequence<count>;
  if constexpr (takes_tensors<M, Args...>(Count())) {
    if (specs.size() == count) {
      const TraceLevel level;
      const LiftedStochasticScope randomness;
      const std::vector<Tensor> inputs = abstract_inputs(specs);
      auto result = [&]<std::size_t... i>(std::index_sequence<i...>) {
        return init(module, place, key, inputs[i]..., args...);
      }
      (Count());
      finish_parameters(result.params);
      tree::for_each_leaf(result.output, [](Tensor& tensor) { tensor = abstract_output(tensor); });
      return result;
    }
    if constexpr (count < kMaxAbstractInputs &&
                  takes_tensors<M, Args...>(std::make_index_sequence<count + 1>())) {
      return init_by_shape<count + 1>(module, place, key, specs, args...);
    }
    throw_wrong_input_count(name_of(module), specs.size());
  } else {
    static_assert(count < kMaxAbstractInputs, "init_by_shape: apply takes no tensors first");
    return init_by_shape<count + 1>(module, place, key, specs, args...);
  }
}

}  // namespace linseed::nn::detail
