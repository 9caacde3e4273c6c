#include <linseed/framework/io/exported.h>

#include <algorithm>
#include <functional>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>

namespace linseed {
namespace {

bool is_same(const Tensor& a, const Tensor& b) {
  return a.node() == b.node() && a.output() == b.output();
}

/// The numbers of values that something in `program` reads.
std::vector<bool> read_values(const Program& program) {
  std::vector<bool> read(program.values.size());
  const auto mark = [&](const std::vector<int>& values) {
    for (const int value : values) read[static_cast<std::size_t>(value)] = true;
  };
  for (const Program::Step& step : program.steps) mark(step.inputs);
  mark(program.outputs);
  return read;
}

void check_steps(const Program& program) {
  for (const Program::Step& step : program.steps) {
    if (step.primitive->programs == nullptr) continue;
    throw NotSupported(
        "export_function: {} in {} runs a program of its own, which is not exported; write that "
        "part without it, or export a function that ends before",
        step.primitive->name, to_string(*step.label));
  }
}

void check_tensors(std::span<const Tensor> given, std::size_t count, const char* what) {
  if (given.size() == count) return;
  throw InvalidArgument("exported function: {} {} tensors were given, it takes {}", given.size(),
                        what, count);
}

void check_spec(const Tensor& given, const TensorSpec& expected, const std::string& what) {
  if (given.spec() == expected) return;
  throw InvalidArgument("exported function: {} is {}, it was exported for {}", what, given.spec(),
                        expected);
}

}  // namespace

namespace io {

Exported close_function(const State& traced_state, std::span<const Tensor> traced_arguments,
                        const State& traced_results) {
  std::vector<NamedTensor> state = named_tensors(traced_state);
  const auto is_traced = [](const NamedTensor& one) {
    return one.tensor.defined() && one.tensor.is_traced();
  };
  std::erase_if(state, std::not_fn(is_traced));
  Exported exported;
  std::vector<Tensor> inputs, outputs;
  for (const NamedTensor& one : state) inputs.push_back(one.tensor);
  inputs.insert(inputs.end(), traced_arguments.begin(), traced_arguments.end());
  for (const NamedTensor& result : named_tensors(traced_results)) {
    const bool is_untouched = std::any_of(state.begin(), state.end(), [&](const NamedTensor& one) {
      return is_same(one.tensor, result.tensor);
    });
    if (is_untouched || !is_traced(result)) continue;
    exported.results.push_back({result.path, result.tensor.spec()});
    outputs.push_back(result.tensor);
  }
  if (outputs.empty()) throw InvalidArgument("export_function: the function computes nothing");

  Closure closure = close_over(outputs, inputs);
  check_steps(*closure.program);
  evaluate_tensors(closure.captured);
  exported.constants = std::move(closure.captured);

  Program program = *closure.program;
  const std::vector<bool> read = read_values(program);
  const auto first = program.inputs.begin();
  std::vector<int> kept;
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (!read[static_cast<std::size_t>(program.inputs[i])]) continue;
    exported.state.push_back({state[i].path, state[i].tensor.spec()});
    kept.push_back(program.inputs[i]);
  }
  kept.insert(kept.end(), first + static_cast<std::ptrdiff_t>(state.size()), program.inputs.end());
  program.inputs = std::move(kept);
  for (const Tensor& argument : traced_arguments) exported.arguments.push_back(argument.spec());
  exported.program = std::make_shared<const Program>(std::move(program));
  return exported;
}

}  // namespace io

std::vector<Tensor> Exported::call(std::span<const Tensor> state_tensors,
                                   std::span<const Tensor> argument_tensors) const {
  check_tensors(state_tensors, state.size(), "state");
  check_tensors(argument_tensors, arguments.size(), "argument");
  std::vector<Tensor> inputs(state_tensors.begin(), state_tensors.end());
  for (std::size_t i = 0; i < state.size(); ++i) {
    check_spec(state_tensors[i], state[i].spec, '\'' + state[i].name + '\'');
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    check_spec(argument_tensors[i], arguments[i], fmt::format("argument {}", i));
  }
  inputs.insert(inputs.end(), argument_tensors.begin(), argument_tensors.end());
  inputs.insert(inputs.end(), constants.begin(), constants.end());
  return apply_program(*program, inputs);
}

}  // namespace linseed
