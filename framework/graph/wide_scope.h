// A way to compute a whole network in float64, whatever dtypes its layers have.
#pragma once

namespace linseed {

/// While one is open on this thread, astype leaves float64 tensors as they are where a narrower
/// floating type is asked for. Differences need it: in float32 they would drown in rounding.
class WideScope {
 public:
  WideScope();
  ~WideScope();
  WideScope(const WideScope&) = delete;
  WideScope& operator=(const WideScope&) = delete;

  static bool is_open();
};

}  // namespace linseed
