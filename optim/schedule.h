// Learning-rate schedules: functions from a step to a rate.
#pragma once

#include <functional>

#include <linseed/framework/core/tensor.h>

namespace linseed::optim {

/// Maps the step (0-d integer tensor) to a rate (0-d float32 tensor), so that one trace of a
/// training step serves a whole run.
using Schedule = std::function<Tensor(const Tensor& step)>;

/// base · (½ cos(π step / (halfcos_epochs · steps_per_epoch)) + ½), from `base` down to 0 after
/// `halfcos_epochs` (and up again beyond; Loshchilov, Hutter, "SGDR", 2017). With warm-up, times
/// min(1, step / (warmup_epochs · steps_per_epoch)).
/// InvalidArgument for a base, a number of steps or of epochs that is not positive and finite.
Schedule cosine_schedule(double base, std::int64_t steps_per_epoch, double halfcos_epochs,
                         double warmup_epochs = 0);

}  // namespace linseed::optim
