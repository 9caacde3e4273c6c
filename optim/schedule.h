// Learning-rate schedules: functions from a step to a rate.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed::optim {

/// Maps the step (0-d integer tensor) to a rate (0-d float32 tensor), so that one trace of a
/// training step serves a whole run. A product or a bound of schedules is a lambda:
///   const auto rate = [=](const Tensor& step) { return maximum(falling(step), 1e-5); };
using Schedule = std::function<Tensor(const Tensor& step)>;

// All throw InvalidArgument for a rate that is not ≥ 0 and finite, a number of steps or of epochs
// that is not positive and finite, or a warm-up that is not ≥ 0 and finite.

/// The same rate at all steps.
Schedule constant_schedule(double base);

/// `schedule` times min(1, step / warmup_steps): from 0 up to the whole rate. `schedule` itself
/// counts from step 0 (Goyal et al., "Accurate, large minibatch SGD", 2017).
Schedule with_warmup(Schedule schedule, double warmup_steps);

/// base · factor of the last (epoch, factor) that lies behind, base before the first: an epoch
/// lies behind after step round(epoch · steps_per_epoch). Factors multiply `base`, not each other.
/// With warm-up as above. InvalidArgument too if the epochs do not increase.
Schedule stepped_schedule(double base, std::int64_t steps_per_epoch,
                          std::vector<std::pair<double, double>> factors, double warmup_epochs = 0);

/// base · (½ cos(π step / (halfcos_epochs · steps_per_epoch)) + ½), from `base` down to 0 after
/// `halfcos_epochs` (and up again beyond; Loshchilov, Hutter, "SGDR", 2017). With warm-up, times
/// min(1, step / (warmup_epochs · steps_per_epoch)).
Schedule cosine_schedule(double base, std::int64_t steps_per_epoch, double halfcos_epochs,
                         double warmup_epochs = 0);

struct OneCycle {
  double rising_fraction = 0.3;  // of the steps, rounded down
  double start_divisor = 25;     // the first rate is peak / start_divisor,
  double end_divisor = 1e4;      // the last one that / end_divisor
};

/// Up to `peak` and down to next to nothing, both along half a cosine, in `steps` steps; then the
/// last rate for good (Smith, Topin, "Super-convergence", 2019).
/// InvalidArgument too for a fraction outside of [0, 1), or a divisor that is not positive.
Schedule one_cycle_schedule(double peak, std::int64_t steps, const OneCycle& shape = {});

/// peak · min(step / warmup_steps, √(warmup_steps / step)): the Transformer's (Vaswani et al.,
/// 2017), which reaches `peak` at step `warmup_steps`.
Schedule inverse_sqrt_schedule(double peak, std::int64_t warmup_steps);

/// One schedule after the other, each from the step it is given with, and counting from there:
///   piecewise_schedule({{0, warm}, {1000, constant_schedule(0.1)}, {5000, falling}})
/// InvalidArgument if the first does not begin at 0, or the steps do not increase.
Schedule piecewise_schedule(std::vector<std::pair<std::int64_t, Schedule>> parts);

}  // namespace linseed::optim
