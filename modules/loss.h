// Losses, and what else is measured on a batch.
#pragma once

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/ops/indexing.h>

namespace linseed::nn {

using linseed::one_hot;

/// How the values of a loss become the result.
enum class Reduction {
  mean,  // Σ w · value / Σ w, so values of weight 0 do not count; 0 if nothing does
  sum,   // Σ w · value
  none,  // w · value, one for each example: what a loss of one's own begins with
};

/// For all losses. `weights`, if given, broadcast to the values: a mask of padded examples is a
/// tensor of ones and zeros.
struct LossOptions {
  Tensor weights = {};
  Reduction reduction = Reduction::mean;
};

struct CrossEntropyOptions {
  double label_smoothing = 0;  // α in [0, 1]: how much of each label all classes share equally
  Tensor weights = {};
  Reduction reduction = Reduction::mean;
};

struct HuberOptions {
  double delta = 1;  // where the parabola becomes a line
  Tensor weights = {};
  Reduction reduction = Reduction::mean;
};

// By default all losses are means over all of their values, so their derivatives do not grow with
// the batch. Of halves they are computed in float32, and stay so: differences of losses are small
// beside them. InvalidArgument if shapes do not fit: nothing broadcasts but weights, since
// [n] beside [n,1] would silently become [n,n].

/// −log softmax(logits)[label], one value for each example.
///   logits [..., classes] floating, labels [...] integer in [0, classes) -> values [...]
/// A label outside of that range contributes 0. Or else labels are distributions, such as one-hot
/// rows:
///   logits [..., classes], labels [..., classes] floating -> −Σ label · log softmax(logits)
/// With smoothing α, (1 − α) · label + α / classes stands for a label (Szegedy et al., "Rethinking
/// the Inception architecture", 2016).
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels,
                             const CrossEntropyOptions& options = {});

/// −z log σ(x) − (1 − z) log(1 − σ(x)) for each logit x and its label z in [0, 1], σ the sigmoid:
/// yes or no for each class by itself. Computed as max(x, 0) − x z + log(1 + e^{−|x|}).
///   logits [...] floating, labels [...] of any type -> values [...]
/// With smoothing α, (1 − α) · z + α / 2 stands for z.
Tensor sigmoid_cross_entropy(const Tensor& logits, const Tensor& labels,
                             const CrossEntropyOptions& options = {});

/// (prediction − target)², for each element.
Tensor mse(const Tensor& prediction, const Tensor& target, const LossOptions& options = {});

/// |prediction − target|, for each element; the derivative is 0 where they are equal.
Tensor l1(const Tensor& prediction, const Tensor& target, const LossOptions& options = {});

/// e²/2 where |e| ≤ δ, else δ (|e| − δ/2), for each error e = prediction − target (Huber, 1964).
Tensor huber(const Tensor& prediction, const Tensor& target, const HuberOptions& options = {});

/// KL(p ‖ q) = Σ p (log p − log q), one value for each pair of distributions.
///   log_prediction = log q [..., classes], target = p [..., classes] -> values [...]
/// Classes with p = 0 contribute 0. log_softmax gives log q of logits.
Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target,
                     const LossOptions& options = {});

/// 1 where the largest logit is that of the label, 0 elsewhere; float32.
///   logits [..., classes], labels [...] integer -> values [...]
Tensor accuracy(const Tensor& logits, const Tensor& labels, const LossOptions& options = {});

}  // namespace linseed::nn
