// What primitives whose steps a pass fuses have in common: no user and no text makes such a step,
// and nobody takes its derivative.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/fused.h>

namespace linseed {

/// "subtract multiply where; sum over 0,1", with as many sums as there are.
std::string fusion_text(const kernels::Fusion& fusion);

/// They throw.
Attributes read_fused(std::string_view text);
std::vector<TensorSpec> type_of_fused(std::span<const TensorSpec> inputs,
                                      const Attributes& attributes);

/// A primitive with attributes A, which have a fusion; `text` says what a step does, `operations`
/// how many it does for each element.
template <class A, std::string (*text)(const A&), std::size_t (*operations)(const A&)>
Primitive fused_primitive(std::string_view name, void (*kernel)(const KernelCall&),
                          bool in_place = false) {
  static constexpr AttributeText kText{
      .write = [](const Attributes& attributes) { return text(attributes.as<A>()); },
      .read = read_fused};
  return {.name = name,
          .attributes = &kText,
          .type = type_of_fused,
          .kernel = kernel,
          .flops =
              [](std::span<const TensorSpec>, std::span<const TensorSpec>,
                 const Attributes& attributes) {
                const A& a = attributes.as<A>();
                return static_cast<double>(operations(a)) *
                       static_cast<double>(a.fusion.shape.size());
              },
          .no_derivative = "a pass makes such steps after all derivatives are taken",
          .in_place = in_place};
}

}  // namespace linseed
