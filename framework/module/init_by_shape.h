// Initialisation from shapes alone.
#pragma once

#include <string_view>
#include <type_traits>
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
[[noreturn]] void throw_wrong_input_count(std::string_view who, std::string_view module_name,
                                          std::size_t count);

inline constexpr std::size_t kMaxAbstractInputs = 8;

/// True if m.apply takes as many tensors as there are `i`, followed by `Args`.
template <class M, class... Args, std::size_t... i>
constexpr bool takes_tensors(std::index_sequence<i...>) {
  return requires(const M& m, const Tensor& x, const Args&... args) {
    m.apply((static_cast<void>(i), x)..., args...);
  };
}

/// f(inputs…). A module's number of inputs is fixed by its apply, that of `inputs` is known at run
/// time only, so each possible one is tried. InvalidArgument, in the name of `who`, if m.apply does
/// not take so many tensors, followed by `Args`.
template <class M, class... Args, std::size_t count = 0, class F>
auto with_tensors(const M& module, std::string_view who, const std::vector<Tensor>& inputs,
                  const F& f, std::integral_constant<std::size_t, count> = {}) {
  if constexpr (takes_tensors<M, Args...>(std::make_index_sequence<count>())) {
    if (inputs.size() == count) {
      return [&]<std::size_t... i>(std::index_sequence<i...>) { return f(inputs[i]...); }
      (std::make_index_sequence<count>());
    }
    if constexpr (count < kMaxAbstractInputs &&
                  takes_tensors<M, Args...>(std::make_index_sequence<count + 1>())) {
      return with_tensors<M, Args...>(module, who, inputs, f,
                                      std::integral_constant<std::size_t, count + 1>());
    }
    throw_wrong_input_count(who, name_of(module), inputs.size());
  } else {
    static_assert(count < kMaxAbstractInputs, "apply takes no tensors first");
    return with_tensors<M, Args...>(module, who, inputs, f,
                                    std::integral_constant<std::size_t, count + 1>());
  }
}

/// init with abstract inputs in front of `args`.
template <class M, class... Args>
auto init_by_shape(const M& module, const Place& place, const Tensor& key,
                   const std::vector<TensorSpec>& specs, const Args&... args) {
  const TraceLevel level;
  const LiftedStochasticScope randomness;
  auto result = with_tensors<M, Args...>(
      module, "init_by_shape", abstract_inputs(specs),
      [&](const auto&... inputs) { return init(module, place, key, inputs..., args...); });
  finish_parameters(result.params);
  tree::for_each_leaf(result.output, [](Tensor& tensor) { tensor = abstract_output(tensor); });
  return result;
}

}  // namespace linseed::nn::detail
