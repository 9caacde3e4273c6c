#include <linseed/framework/graph/cost.h>

#include <algorithm>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/graph/print.h>

namespace linseed {
namespace {

std::vector<TensorSpec> specs_of(const Program& program, const std::vector<int>& values) {
  std::vector<TensorSpec> specs;
  for (const int value : values) specs.push_back(program.spec(value));
  return specs;
}

/// What Primitive::flops says of rows that have none.
double default_flops(const Program::Step& step, std::span<const TensorSpec> inputs,
                     std::span<const TensorSpec> outputs) {
  const Primitive& row = *step.primitive;
  double flops = 0;
  if (row.programs != nullptr) {
    for (const Program* inner : row.programs(step.attributes)) flops += flops_of(*inner);
    return row.axis == nullptr ? flops
                               : flops * static_cast<double>(row.axis(step.attributes).size);
  }
  if (inputs.empty() || row.takes_halves || row.shares_buffer) return 0;
  for (const auto& specs : {inputs, outputs}) {
    for (const TensorSpec& spec : specs) {
      flops = std::max(flops, static_cast<double>(spec.shape.size()));
    }
  }
  return flops;
}

double flops_of(const Program& program, const Program::Step& step) {
  const auto inputs = specs_of(program, step.inputs);
  const auto outputs = specs_of(program, step.outputs);
  const auto count = step.primitive->flops;
  return count == nullptr ? default_flops(step, inputs, outputs)
                          : count(inputs, outputs, step.attributes);
}

}  // namespace

Cost cost_of(const Program& program, const Program::Step& step) {
  const std::size_t bytes =
      step.primitive->shares_buffer
          ? 0
          : detail::bytes_of(program, step.inputs) + detail::bytes_of(program, step.outputs);
  return {flops_of(program, step), static_cast<double>(bytes)};
}

double flops_of(const Program& program) {
  double flops = 0;
  for (const Program::Step& step : program.steps) flops += flops_of(program, step);
  return flops;
}

}  // namespace linseed
