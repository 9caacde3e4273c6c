#include <linseed/framework/plan/fused_primitive.h>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

namespace linseed {

std::string fusion_text(const kernels::Fusion& fusion) {
  std::string text;
  for (const kernels::FusedOperation& operation : fusion.operations) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", operation.name);
  }
  for (std::size_t i = 0; i < fusion.sums.size(); ++i) {
    text += fmt::format("; sum over {}", fmt::join(fusion.axes, ","));
  }
  return text;
}

Attributes read_fused(std::string_view text) {
  throw InvalidArgument("fused: a pass makes such steps, not a text: {}", text);
}

std::vector<TensorSpec> type_of_fused(std::span<const TensorSpec>, const Attributes&) {
  throw InternalError("fused: a pass makes such steps, no user");
}

}  // namespace linseed
