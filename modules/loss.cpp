#include <linseed/modules/loss.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>

namespace linseed::nn {

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels) {
  const bool fits =
      logits.ndim() == labels.ndim() + 1 && is_integer(labels.dtype()) &&
      std::equal(labels.shape().begin(), labels.shape().end(), logits.shape().begin());
  if (!fits) {
    throw InvalidArgument(
        "softmax_cross_entropy: logits [..., classes] and integer labels [...] were expected, got "
        "{} and {}",
        logits.spec(), labels.spec());
  }
  const Tensor is_label = one_hot(labels, logits.dim(-1), bool_);
  const Tensor wide = is_half(logits.dtype()) ? astype(logits, float32) : logits;
  // Chosen, not multiplied: 0 · −∞ of a hopeless other class would be NaN.
  const Tensor log_likelihood = sum(where(is_label, log_softmax(wide), 0), -1);
  return -mean(log_likelihood);
}

}  // namespace linseed::nn
