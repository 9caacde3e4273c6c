// Group normalisation.
#pragma once

#include <optional>

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// Normalises each example by itself, over its pixels and over groups of consecutive channels (Wu,
/// He, "Group normalization", 2018):
///   y = (x − μ) / √(v + ε) · scale + bias
/// with μ, v the mean and the biased variance of an example's group. As many groups as channels
/// are InstanceNorm.
///   x [n, ..., channels] -> y like x, in `dtype`
///   params: "scale" and "bias" [1, ..., 1, channels], with as many dimensions as x, if asked for
/// The groups are said by their number or by their size: `.num_groups = {}, .group_size = 16`.
/// Statistics are computed in float32, or in float64 if `dtype` is. There is no state.
struct GroupNorm final : Module<GroupNorm> {
  std::optional<int> num_groups = 32;
  std::optional<int> group_size = {};
  float epsilon = 1e-6f;
  DType dtype = float32;
  bool bias = true;
  bool scale = true;
  Initializer bias_init = initializers::zeros();
  Initializer scale_init = initializers::ones();

  /// InvalidArgument: both or neither of `num_groups` and `group_size`; one that does not divide
  /// the channels; an x without channels; a negative epsilon; a dtype that is not floating.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
