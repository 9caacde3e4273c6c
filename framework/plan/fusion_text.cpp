#include <linseed/framework/plan/fusion_text.h>

#include <fmt/format.h>

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

}  // namespace linseed
