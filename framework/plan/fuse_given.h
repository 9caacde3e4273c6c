// Passes that join a "fused" step with the step that makes what it reads.
#pragma once

#include <algorithm>
#include <utility>

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {

/// What a joined step does: it first reads what the other one did, then what the fused one reads
/// beside that.
using Joined = std::pair<const Primitive*, Attributes>;

/// Joins each fused step that has no sums with the first step that makes an input of its shape,
/// which nobody else reads, and can be joined: can_join(program, step). join(step, fusion, input)
/// says what both do as one.
template <class CanJoin, class Join>
Program fuse_given(Program program, const CanJoin& can_join, const Join& join) {
  const Definitions definitions(program);
  std::vector<Program::Step> steps = program.steps;
  for (Program::Step& step : steps) {
    if (step.primitive->kernel != kernels::fused) continue;
    const kernels::Fusion& fusion = step.attributes.as<kernels::FusedAttributes>().fusion;
    const auto given = std::ranges::find_if(step.inputs, [&](int x) {
      const Program::Step* const made = definitions.of(x);
      return made != nullptr && definitions.is_read_once(x) && fusion.sums.empty() &&
             program.spec(x).shape == fusion.shape && can_join(program, *made);
    });
    if (given == step.inputs.end()) continue;
    const Program::Step& made = *definitions.of(*given);
    auto [primitive, attributes] =
        join(made, fusion, static_cast<int>(given - step.inputs.begin()));
    std::vector<int> inputs = made.inputs;
    for (const int input : step.inputs) {
      if (input != *given) inputs.push_back(input);
    }
    step = {primitive, std::move(attributes), std::move(inputs), step.outputs, step.label};
  }
  program.steps = std::move(steps);
  return without_unused(std::move(program));
}

}  // namespace linseed
