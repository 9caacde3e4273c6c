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

/// "subtract multiply; window [1,2,2]".
constexpr AttributeText kText{.write =
                                  [](const Attributes& attributes) {
                                    const auto& a = attributes.as<FusedPoolingAttributes>();
                                    return fmt::format("{}; window [{}]", fusion_text(a.fusion),
                                                       fmt::join(a.pooling.window_size, ","));
                                  },
                              .read = [](std::string_view text) -> Attributes {
                                throw InvalidArgument(
                                    "fused pooling: a pass makes such steps, not a text: {}", text);
                              }};

std::vector<TensorSpec> type(std::span<const TensorSpec>, const Attributes&) {
  throw InternalError("fused pooling: a pass makes such steps, no user");
}

/// One for each element, of each operation and of pooling.
double flops(std::span<const TensorSpec>, std::span<const TensorSpec>,
             const Attributes& attributes) {
  const auto& a = attributes.as<FusedPoolingAttributes>();
  return static_cast<double>(a.fusion.operations.size() + 1) *
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

Step joined(const Step& source, const Step& pool) {
  const auto pooled = std::ranges::find(source.outputs, pool.inputs[0]);
  const auto place = static_cast<int>(pooled - source.outputs.begin());
  Step step{joined_primitive(pool),
            FusedPoolingAttributes(source.attributes.as<FusedAttributes>().fusion,
                                   pool.attributes.as<PoolingAttributes>(), place),
            source.inputs, pool.outputs, pool.label};
  for (const int output : source.outputs) {
    if (output != pool.inputs[0]) step.outputs.push_back(output);
  }
  return step;
}

}  // namespace

Program fuse_pooling(Program program) {
  const Definitions definitions(program);
  std::vector<Step> steps = program.steps;
  const auto number_of = [&](const Step* step) {
    return static_cast<std::size_t>(step - program.steps.data());
  };
  for (const Step& pool : program.steps) {
    const Step* const source = fused_source(program, definitions, pool);
    // Of several that pool results of one step, the first one alone.
    if (source == nullptr || steps[number_of(source)].primitive != source->primitive) continue;
    // Where the source was: what reads its other results may come before the pooling.
    steps[number_of(source)] = joined(*source, pool);
    steps[number_of(&pool)].primitive = nullptr;
  }
  std::erase_if(steps, [](const Step& step) { return step.primitive == nullptr; });
  program.steps = std::move(steps);
  return program;
}

}  // namespace linseed
