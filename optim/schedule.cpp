#include <linseed/optim/schedule.h>

#include <cmath>
#include <numbers>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

Schedule cosine_schedule(double base, std::int64_t steps_per_epoch, double halfcos_epochs,
                         double warmup_epochs) {
  const bool sound = std::isfinite(base) && base >= 0 && steps_per_epoch > 0 &&
                     std::isfinite(halfcos_epochs) && halfcos_epochs > 0 &&
                     std::isfinite(warmup_epochs) && warmup_epochs >= 0;
  if (!sound) {
    throw InvalidArgument(
        "cosine_schedule: base {} ≥ 0, steps_per_epoch {} > 0, halfcos_epochs {} > 0 and "
        "warmup_epochs {} ≥ 0 must be finite",
        base, steps_per_epoch, halfcos_epochs, warmup_epochs);
  }
  const auto epoch = static_cast<double>(steps_per_epoch);
  return [=](const Tensor& step) {
    const Tensor at = astype(step, float32);
    Tensor rate = (cos(at * (std::numbers::pi / (halfcos_epochs * epoch))) * 0.5 + 0.5) * base;
    if (warmup_epochs > 0) rate = rate * minimum(1, at / (warmup_epochs * epoch));
    return rate;
  };
}

}  // namespace linseed::optim
