// When to stop, and which step was the best.
#pragma once

#include <cstdint>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/tensor.h>

namespace linseed::optim {

/// Watches a number that is to fall (Prechelt, "Early stopping: but when?", 1998). A value:
/// `update` makes a new one, and its tensors can be saved with the train state, so a run that goes
/// on after a restart has the same patience left.
///   stopping = stopping.update(validation_loss);
///   if (stopping.should_stop().item<bool>()) break;   // save_if_best has kept the best state
/// Of a number that is to rise, such as an accuracy, give the negative.
struct EarlyStopping {
  int patience = 0;                     // so many values in a row may fail to improve
  double min_delta = 0;                 // an improvement is one by more than that
  Tensor best = initial_best();         // float32 scalar: the lowest so far, +∞ at first
  Tensor waited = Tensor(0);            // int32 scalar: values since the best
  Tensor has_improved = Tensor(false);  // bool scalar: the last value was the best so far

  static constexpr auto tree =
      fields<&EarlyStopping::patience, &EarlyStopping::min_delta, &EarlyStopping::best,
             &EarlyStopping::waited, &EarlyStopping::has_improved>;

  /// With one more value. NaN is never an improvement. InvalidArgument if `patience` or `min_delta`
  /// is negative.
  EarlyStopping update(const Scalar& value) const;
  /// bool scalar: the value has failed to improve more than `patience` times in a row.
  Tensor should_stop() const;

 private:
  static Tensor initial_best();
};

}  // namespace linseed::optim
