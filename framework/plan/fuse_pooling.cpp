// Pooling joined with the fused step that makes what it pools.
#include <algorithm>

#include <fmt/ranges.h>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/fused_pooling.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/fused_primitive.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using kernels::FusedAttributes;
using kernels::FusedPoolingAttributes;
using kernels::PoolingAttributes;
using Step = Program::Step;

/// "subtract multiply; window [1,2,2], rectified; select 0".
std::string text(const FusedPoolingAttributes& a) {
  std::string result =
      fmt::format("{}; window [{}]", fusion_text(a.fusion), fmt::join(a.pooling.window_size, ","));
  if (a.is_rectified) result += ", rectified";
  for (const int input : a.selected) result += fmt::format("; select {}", input);
  return result;
}

std::size_t operations(const FusedPoolingAttributes& a) {
  return a.fusion.operations.size() + 1 + a.selected.size() + (a.is_rectified ? 1 : 0);
}

constexpr auto kPrimitive = fused_primitive<FusedPoolingAttributes, text, operations>;
const Primitive kFusedMaxPool = kPrimitive("fused_max_pool", kernels::fused_max_pool, false);
const Primitive kFusedSumPool = kPrimitive("fused_sum_pool", kernels::fused_sum_pool, false);

/// What pools and computes; null for a step that does not pool.
const Primitive* joined_primitive(const Step& pool) {
  if (pool.primitive->kernel == kernels::max_pool) return &kFusedMaxPool;
  return pool.primitive->kernel == kernels::sum_pool ? &kFusedSumPool : nullptr;
}

/// The fused step that makes what a step pools, if both can be one; else null.
const Step* fused_source(const Program& program, const Definitions& definitions, const Step& pool) {
  if (joined_primitive(pool) == nullptr) return nullptr;
  const int x = pool.inputs[0];
  const Step* const source = definitions.of(x);
  if (source == nullptr || source->primitive->kernel != kernels::fused) return nullptr;
  const bool has_sums = !source->attributes.as<FusedAttributes>().fusion.sums.empty();
  const auto& pooling = pool.attributes.as<PoolingAttributes>();
  const TensorSpec& spec = program.spec(x);
  const bool fits = is_floating(spec.dtype) && kernels::can_pool_fused(spec.shape, pooling);
  return fits && definitions.is_read_once(x) && !has_sums ? source : nullptr;
}

/// The steps that read, where the maxima of `pool` stand, what `source` reads as well.
std::vector<const Step*> selections(const Program& program, const Definitions& definitions,
                                    const Step& source, const Step& pool) {
  std::vector<const Step*> found;
  if (pool.primitive->kernel != kernels::max_pool) return found;
  for (const int reader : definitions.readers(pool.outputs[1])) {
    const Step& step = program.steps[static_cast<std::size_t>(reader)];
    if (step.primitive->kernel != kernels::max_pool_select) continue;
    const int x = step.inputs[0];
    const bool is_read = std::ranges::find(source.inputs, x) != source.inputs.end();
    const bool is_alike = program.spec(x) == program.spec(pool.inputs[0]);
    if (is_read && is_alike && step.attributes == pool.attributes) found.push_back(&step);
  }
  return found;
}

/// The step that makes max(y, 0) of what max_pool gives, if nothing else reads y; else null.
const Step* rectification(const Program& program, const Definitions& definitions,
                          const Step& pool) {
  static const Primitive* const maximum = find_primitive("maximum");
  const int y = pool.outputs[0];
  if (pool.primitive->kernel != kernels::max_pool || !definitions.is_read_once(y)) return nullptr;
  const int reader = definitions.readers(y)[0];
  const Step& step = program.steps[static_cast<std::size_t>(reader)];
  const bool is_relu = step.primitive == maximum && step.inputs[0] == y &&
                       definitions.is_zero(step.inputs[1]) &&
                       program.spec(step.inputs[1]).shape.ndim() == 0;
  return is_relu ? &step : nullptr;
}

Step joined(const Step& source, const Step& pool, const std::vector<const Step*>& selections,
            const Step* relu) {
  const auto place_in = [](const std::vector<int>& values, int value) {
    return static_cast<int>(std::ranges::find(values, value) - values.begin());
  };
  std::vector<int> selected;
  for (const Step* const step : selections) {
    selected.push_back(place_in(source.inputs, step->inputs[0]));
  }
  Step result{
      joined_primitive(pool),
      FusedPoolingAttributes(source.attributes.as<FusedAttributes>().fusion,
                             pool.attributes.as<PoolingAttributes>(),
                             place_in(source.outputs, pool.inputs[0]), selected, relu != nullptr),
      source.inputs, pool.outputs, pool.label};
  if (relu != nullptr) result.outputs[0] = relu->outputs[0];
  for (const Step* const step : selections) result.outputs.push_back(step->outputs[0]);
  for (const int output : source.outputs) {
    if (output != pool.inputs[0]) result.outputs.push_back(output);
  }
  return result;
}

}  // namespace

Program fuse_pooling(Program program) {
  const Definitions definitions(program);
  std::vector<Step> steps = program.steps;
  const auto place_of = [&](const Step& step) -> Step& {
    return steps[static_cast<std::size_t>(&step - program.steps.data())];
  };
  for (const Step& pool : program.steps) {
    const Step* const source = fused_source(program, definitions, pool);
    // Of several that pool results of one step, the first one alone.
    if (source == nullptr || place_of(*source).primitive != source->primitive) continue;
    const auto selecting = selections(program, definitions, *source, pool);
    // Where the source was: what reads its other results may come before the pooling.
    const Step* const relu = rectification(program, definitions, pool);
    place_of(*source) = joined(*source, pool, selecting, relu);
    place_of(pool).primitive = nullptr;
    for (const Step* const step : selecting) place_of(*step).primitive = nullptr;
    if (relu != nullptr) place_of(*relu).primitive = nullptr;
  }
  std::erase_if(steps, [](const Step& step) { return step.primitive == nullptr; });
  program.steps = std::move(steps);
  return without_unused(std::move(program));
}

}  // namespace linseed
