// max_unpool joined with the fused step that reads what it makes.
#include <algorithm>

#include <fmt/ranges.h>

#include <linseed/framework/kernels/fused_pooling.h>
#include <linseed/framework/kernels/fused_unpooling.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/fused_primitive.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using kernels::FusedAttributes;
using kernels::FusedUnpoolingAttributes;
using kernels::PoolingAttributes;
using Step = Program::Step;

/// "window [1,2,2], input 2; subtract multiply".
std::string text(const FusedUnpoolingAttributes& a) {
  return fmt::format("window [{}], input {}; {}", fmt::join(a.pooling.window_size, ","), a.unpooled,
                     fusion_text(a.fusion));
}

std::size_t operations(const FusedUnpoolingAttributes& a) { return a.fusion.operations.size() + 1; }

const Primitive kFusedMaxUnpool = fused_primitive<FusedUnpoolingAttributes, text, operations>(
    "fused_max_unpool", kernels::fused_max_unpool, /*in_place=*/true);

/// The input of a fused step that is made by a max_unpool which can be joined with it; -1 if there
/// is none.
int find_unpooled(const Program& program, const Definitions& definitions, const Step& step) {
  if (step.primitive->kernel != kernels::fused) return -1;
  const kernels::Fusion& fusion = step.attributes.as<FusedAttributes>().fusion;
  if (!fusion.sums.empty()) return -1;
  const auto found = std::ranges::find_if(step.inputs, [&](int x) {
    const Step* const made = definitions.of(x);
    if (made == nullptr || made->primitive->kernel != kernels::max_unpool) return false;
    return definitions.is_read_once(x) && program.spec(x).shape == fusion.shape &&
           kernels::can_pool_fused(fusion.shape, made->attributes.as<PoolingAttributes>());
  });
  return found == step.inputs.end() ? -1 : static_cast<int>(found - step.inputs.begin());
}

Step joined(const Step& unpool, const Step& step, int unpooled) {
  Step result{&kFusedMaxUnpool,
              FusedUnpoolingAttributes(step.attributes.as<FusedAttributes>().fusion,
                                       unpool.attributes.as<PoolingAttributes>(), unpooled),
              unpool.inputs, step.outputs, step.label};
  for (const int input : step.inputs) {
    if (input != unpool.outputs[0]) result.inputs.push_back(input);
  }
  return result;
}

}  // namespace

Program fuse_unpooling(Program program) {
  const Definitions definitions(program);
  std::vector<Step> steps = program.steps;
  for (Step& step : steps) {
    const int unpooled = find_unpooled(program, definitions, step);
    if (unpooled < 0) continue;
    const Step* const unpool = definitions.of(step.inputs[static_cast<std::size_t>(unpooled)]);
    step = joined(*unpool, step, unpooled);
  }
  program.steps = std::move(steps);
  return without_unused(std::move(program));
}

}  // namespace linseed
