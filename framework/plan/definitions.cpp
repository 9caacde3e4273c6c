#include <linseed/framework/plan/definitions.h>

#include <cmath>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/plan/step_groups.h>

namespace linseed {
namespace {

/// What a step fills a value with; null if it does something else.
const kernels::FillAttributes* filling(const Program::Step* step) {
  const bool fills = step != nullptr && step->primitive->kernel == kernels::fill;
  return fills ? &step->attributes.as<kernels::FillAttributes>() : nullptr;
}

}  // namespace

Definitions::Definitions(const Program& program)
    : program_(program),
      producer_(producers(program)),
      readers_(program.values.size()),
      is_output_(program.values.size(), false) {
  for (int i = 0; i < static_cast<int>(program.steps.size()); ++i) {
    for (const int input : program.steps[static_cast<std::size_t>(i)].inputs) {
      readers_[static_cast<std::size_t>(input)].push_back(i);
    }
  }
  for (const int output : program.outputs) is_output_[static_cast<std::size_t>(output)] = true;
}

const Program::Step* Definitions::of(int value) const {
  const int made = producer_[static_cast<std::size_t>(value)];
  return made < 0 ? nullptr : &program_.steps[static_cast<std::size_t>(made)];
}

bool Definitions::is_number(int value) const {
  const auto* const fill = filling(of(value));
  return fill != nullptr && !std::isnan(fill->floating);
}

bool Definitions::is_zero(int value) const {
  const auto* const fill = filling(of(value));
  return fill != nullptr && fill->floating == 0 && !std::signbit(fill->floating);
}

}  // namespace linseed
