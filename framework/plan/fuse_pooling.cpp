// Pooling joined with the fused step that makes what it pools.
#include <algorithm>

#include <fmt/ranges.h>

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

/// "subtract multiply; window [1,2,2]; select 0".
std::string text(const FusedPoolingAttributes& a) {
  std::string result =
      fmt::format("{}; window [{}]", fusion_text(a.fusion), fmt::join(a.pooling.window_size, ","));
  for (const int input : a.selected) result += fmt::format("; select {}", input);
  return result;
}

std::size_t operations(const FusedPoolingAttributes& a) {
  return a.fusion.operations.size() + 1 + a.selected.size();
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

Step joined(const Step& source, const Step& pool, const std::vector<const Step*>& selections) {
  const auto place_in = [](const std::vector<int>& values, int value) {
    return static_cast<int>(std::ranges::find(values, value) - values.begin());
  };
  std::vector<int> selected;
  for (const Step* const step : selections) {
    selected.push_back(place_in(source.inputs, step->inputs[0]));
  }
  Step result{joined_primitive(pool),
              FusedPoolingAttributes(source.attributes.as<FusedAttributes>().fusion,
                                     pool.attributes.as<PoolingAttributes>(),
                                     place_in(source.outputs, pool.inputs[0]), selected),
              source.inputs, pool.outputs, pool.label};
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
    place_of(*source) = joined(*source, pool, selecting);
    place_of(pool).primitive = nullptr;
    for (const Step* const step : selecting) place_of(*step).primitive = nullptr;
  }
  std::erase_if(steps, [](const Step& step) { return step.primitive == nullptr; });
  program.steps = std::move(steps);
  return program;
}

}  // namespace linseed
