// Steps that say in several operations what one does.
#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

/// relu: where(x ≤ c, c, x) is max(x, c), and of 0 and −0 it is c too.
bool is_maximum(const Program::Step& step, const Definitions& definitions) {
  if (step.primitive->loop != kernels::where) return false;
  const int c = step.inputs[1], x = step.inputs[2];
  const Program::Step* const condition = definitions.of(step.inputs[0]);
  return condition != nullptr && condition->primitive->loop == kernels::less_equal &&
         condition->inputs == std::vector<int>{x, c} && definitions.is_number(c);
}

}  // namespace

Program simplify(Program program) {
  const Primitive* const maximum = find_primitive("maximum");
  const Definitions definitions(program);
  for (Program::Step& step : program.steps) {
    if (!is_maximum(step, definitions)) continue;
    step.primitive = maximum;
    step.inputs = {step.inputs[2], step.inputs[1]};
  }
  return without_unused(std::move(program));
}

}  // namespace linseed
