// The health of a checkpoint: what is wrong with the numbers in it, above all with those of
// BatchNorm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/report/batch_norm_layers.h>

namespace linseed {

enum class Trouble {
  non_finite,         // an element is NaN or infinite
  negative_variance,  // a running variance is below 0
  constant_channel,   // a running variance is 0, or all it has is left of its start
  never_updated,      // running averages are exactly 0 and 1
  few_updates,        // running averages still hold a good part of their start
  replica_drift,      // running averages differ between replicas
  dead_channel,       // |scale| is about 0: the output is the bias
  pinned_channel,     // bias lies so many |scale| below 0 that a ReLU behind never opens
  other_shape,        // running averages and parameters are of different shapes
};

/// "negative_variance".
std::string_view name(Trouble trouble);

struct Finding {
  Trouble trouble;
  std::string path;                   // of the tensor, or of the layer's averages
  std::vector<std::int64_t> indices;  // of elements, counted row by row; empty: the whole
  double value = 0;                   // the worst
  std::string what;                   // "channels 3 and 7 of 32, the least -0.0012"
  std::string cause;
  std::string remedy;
};

struct HealthOptions {
  double momentum = 0.99;  // of the averages: files do not say it
  /// Updates the averages have had; default: the optimizer's step, else that of the checkpoint.
  std::optional<std::int64_t> updates = {};
  double start_share = 0.05;      // of their start that averages may still hold
  double least_variance = 1e-12;  // a variance up to this is 0
  double dead_scale = 1e-3;       // a |scale| up to this is 0
  double pinned = 5;              // a bias below −pinned · |scale| keeps a ReLU shut
  int replicas = 0;               // as of batch_norm_layers
};

struct Health {
  std::vector<BatchNormLayer> layers;
  std::optional<std::int64_t> updates;  // none: it is not known
  std::vector<Finding> findings;        // in the order of Trouble

  std::int64_t channels() const;
};

/// Examines a state that was saved at `step`.
///
/// Of averages a ← m a + (1 − m) b that begin at a₀, n updates leave the share mⁿ of a₀. The
/// variance begins at 1 and no batch has a negative one, so the share is also at most the least
/// variance of the layer: that is what `few_updates` goes by, and how it needs no trust in a
/// momentum that is only assumed. Where n is not known, averages within 0.01 of 0 and 1 throughout
/// are taken for ones with few updates. A channel is constant, too, if its variance is what mⁿ
/// leaves of 1, once that is far below any ε (1e-4).
Health check_health(const io::State& state, std::int64_t step, const HealthOptions& options = {});

}  // namespace linseed
