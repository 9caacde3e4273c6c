#include <linseed/framework/plan/step_place_internal.h>

#include <fmt/core.h>

namespace linseed {

std::string replica_text(const StepPlace& place) {
  std::string text;
  std::int64_t replica = place.replica;
  for (auto axis = place.axes.rbegin(); axis != place.axes.rend(); ++axis) {
    text = fmt::format("replica {} of axis \"{}\"{}{}", replica % axis->size, axis->name,
                       text.empty() ? "" : ", ", text);
    replica /= axis->size;
  }
  return text;
}

}  // namespace linseed
