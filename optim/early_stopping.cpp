#include <linseed/optim/early_stopping.h>

#include <limits>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {

Tensor EarlyStopping::initial_best() { return Tensor(std::numeric_limits<float>::infinity()); }

EarlyStopping EarlyStopping::update(const Scalar& value) const {
  if (!(patience >= 0 && min_delta >= 0)) {
    throw InvalidArgument("EarlyStopping: patience {} and min_delta {} must not be negative",
                          patience, min_delta);
  }
  const Tensor now = value.is_tensor() ? astype(value.tensor(), float32)
                                       : Tensor(static_cast<float>(value.number()));
  EarlyStopping next = *this;
  // The best is infinite until there is a value: that is no fault for the check for NaN to report.
  next.has_improved = allow_non_finite([&] { return now < best - min_delta; });
  next.best = allow_non_finite([&] { return where(next.has_improved, now, best); });
  next.waited = where(next.has_improved, 0, waited + 1);
  return next;
}

Tensor EarlyStopping::should_stop() const { return waited > patience; }

}  // namespace linseed::optim
