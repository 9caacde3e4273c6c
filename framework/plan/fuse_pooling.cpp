// Pooling joined with the fused step that makes what it pools.
#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/attribute_text.h>
#include <linseed/framework/kernels/fused_pooling.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/fusion_text.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using kernels::FusedAttributes;
using kernels::FusedPoolingAttributes;
using kernels::PoolingAttributes;
using Step = Program::Step;

/// "subtract multiply; window [1,2,2]; select 0".
constexpr AttributeText kText{
    .write =
        [](const Attributes& attributes) {
          const auto& a = attributes.as<FusedPoolingAttributes>();
          std::string text = fmt::format("{}; window [{}]", fusion_text(a.fusion),
                                         fmt::join(a.pooling.window_size, ","));
          for (const int input : a.selected) text += fmt::format("; select {}", input);
          return text;
        },
    .read = [](std::string_view text) -> Attributes {
      throw InvalidArgument("fused pooling: a pass makes such steps, not a text: {}", text);
    }};

std::vector<TensorSpec> type(std::span<const TensorSpec>, const Attributes&) {
  throw InternalError("fused pooling: a pass makes such steps, no user");
}

/// One for each element, of each operation, of pooling and of each selection.
double flops(std::span<const TensorSpec>, std::span<const TensorSpec>,
             const Attributes& attributes) {
  const auto& a = attributes.as<FusedPoolingAttributes>();
  return static_cast<double>(a.fusion.operations.size() + 1 + a.selected.size()) *
         static_cast<double>(a.fusion.shape.size());
}

Primitive primitive(std::string_view name, Kernel kernel) {
  return {.name = name,
          .attributes = &kText,
          .type = type,
          .kernel = kernel,
          .flops = flops,
          .no_derivative = "a pass makes such steps after all derivatives are taken"};
}

const Primitive kFusedMaxPool = primitive("fused_max_pool", kernels::fused_max_pool);
const Primitive kFusedSumPool = primitive("fused_sum_pool", kernels::fused_sum_pool);

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
