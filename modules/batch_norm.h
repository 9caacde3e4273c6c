// Batch normalisation.
#pragma once

#include <string>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Normalises each feature over the batch and all other axes (Ioffe, Szegedy, "Batch
/// normalization", 2015):
///   y = (x − μ) / √(v + ε) · scale + bias
/// with μ, v the mean and the biased variance (division by the count) of this batch, or, with
/// `use_running_average`, the averages that training has gathered:
///   mean ← momentum · mean + (1 − momentum) · μ        var ← momentum · var + (1 − momentum) · v
/// so `momentum` is the weight of the old value (PyTorch's is the weight of the new one).
///
///   x [..., features at `axis` ...] -> y like x, in `dtype`
///   params: "scale" and "bias", shaped like the feature axes, if asked for
///   state:  "mean" (starts at 0) and "var" (starts at 1), likewise, in `batch_stats` or else in
///           the innermost stateful(…); without either, nothing is kept
///
/// With `axis_name`, μ and v are those of what all replicas along that axis of pmap have, or all of
/// one of the `axis_index_groups`: moments are merged by their counts (Chan, Golub, LeVeque,
/// "Updating formulae and a pairwise algorithm for computing sample variances", 1979),
///   N = Σ n_r     μ = Σ n_r μ_r / N     M2 = Σ (M2_r + n_r (μ_r − μ)²)     v = M2 / N
/// so shards may count differently, or not at all, by their masks. Without masks they count the
/// same: μ is the mean of the μ_r, and v that of v_r + (μ_r − μ)². All replicas then keep the same
/// averages. Without `axis_name` each replica has its own; combine them with sync_batch_stats.
///
/// At init the batch's own statistics are used and the averages stay 0 and 1. Statistics are
/// computed in float32, or in float64 if `dtype` is, from differences, never as E[x²] − E[x]².
/// Differentiating goes through the batch statistics; the averages are constants.
struct BatchNorm final : Module<BatchNorm> {
  Collection* batch_stats = nullptr;  // default: the innermost nn::stateful
  bool use_running_average = false;
  Axes axis = -1;  // one axis or several, {-2, -1}; need not be the last: 1 for NCHW
  float momentum = 0.99f;
  float epsilon = 1e-5f;
  DType dtype = float32;  // of the result
  bool bias = true;
  bool scale = true;
  Initializer bias_init = initializers::zeros();
  Initializer scale_init = initializers::ones();
  std::string axis_name = {};  // combine statistics over this axis of pmap
  AxisIndexGroups axis_index_groups = {};

  /// `mask` [x.dim(0)], if given, says with 1 and 0 which entries of the batch count; a batch of
  /// which none counts leaves the averages as they are.
  /// E27: `use_running_average` without a state. E18: training in a frozen scope.
  /// InvalidArgument: an axis out of range; momentum outside of [0, 1]; training on one value per
  /// feature (of the group), whose variance is always 0; an `axis_name` that is not open, or groups
  /// that do not have each replica once; evaluating with averages of replicas that differ.
  Tensor apply(const Tensor& x, const Tensor& mask = {}) const;
};

}  // namespace linseed::nn
