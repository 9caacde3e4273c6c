// Mixup: pictures between two, with labels between theirs.
#pragma once

#include <linseed/framework/data/labelled_images.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Mixup (Zhang et al., arXiv:1710.09412). Image i of n becomes λ xᵢ + (1 − λ) xⱼ, and its label
/// the distribution that says λ of its class and 1 − λ of the other's:
///   images [n, …] float32, labels [n] int32 -> labels [n, classes] float32
/// λ ~ Beta(alpha, alpha) is drawn once a batch, as the authors do, and so is the distance from i
/// to j = i + distance mod n; in a shuffled batch neighbours are strangers.
struct Mixup {
  float alpha = 0.2f;

  /// InvalidArgument if `alpha` is not positive, or a label not in [0, classes).
  LabelledImages operator()(const LabelledImages& batch, std::int64_t classes,
                            SampleRandom random) const;
};

/// A draw from Beta(alpha, alpha): ½ (1 + s / √(1 + 1/c)), where c = (u^(−1/α) − 1) cos²(2πv) and s
/// is the sign of cos(2πv): half the square root of c · 2α is Student's t with 2α degrees of
/// freedom (Bailey, Mathematics of Computation 62, 1994).
double symmetric_beta(double alpha, SampleRandom& random);

}  // namespace linseed::data
