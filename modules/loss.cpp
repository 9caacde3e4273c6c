#include <linseed/modules/loss.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>

namespace linseed::nn {
namespace {

/// x, or in float32 what is narrower or not floating.
Tensor widened(const Tensor& x) { return astype(x, promote(x.dtype(), float32)); }

Tensor reduced(const Tensor& values, const Tensor& weights, Reduction reduction,
               std::string_view who) {
  if (!weights.defined()) {
    if (reduction == Reduction::none) return values;
    return reduction == Reduction::sum ? sum(values) : mean(values);
  }
  if (broadcast_shapes(weights.shape(), values.shape(), who) != values.shape()) {
    throw InvalidArgument("{}: weights {} do not broadcast to the values {}", who, weights.spec(),
                          values.spec());
  }
  const Tensor w = broadcast_to(astype(weights, values.dtype()), values.shape());
  // Chosen, not multiplied: a padded example may hold anything.
  const Tensor weighted = where(equal(w, 0), 0, values * w);
  if (reduction == Reduction::none) return weighted;
  const Tensor total = sum(weighted);
  if (reduction == Reduction::sum) return total;
  const Tensor count = sum(w);
  return total / where(equal(count, 0), 1, count);
}

void check_same_shape(const Tensor& a, const Tensor& b, std::string_view who) {
  if (a.shape() != b.shape()) {
    throw InvalidArgument("{}: two tensors of one shape were expected, got {} and {}", who,
                          a.spec(), b.spec());
  }
}

void check_floating(const Tensor& x, std::string_view who) {
  if (!is_floating(x.dtype())) {
    throw InvalidArgument("{}: a floating tensor was expected, got {}", who, x.spec());
  }
}

void check_smoothing(double amount, std::string_view who) {
  if (!(amount >= 0 && amount <= 1)) {
    throw InvalidArgument("{}: label_smoothing {} is not in [0, 1]", who, amount);
  }
}

/// True if there is a label [...] for each row of logits [..., classes].
bool is_label_per_row(const Tensor& logits, const Tensor& labels) {
  return logits.ndim() == labels.ndim() + 1 && is_integer(labels.dtype()) &&
         std::equal(labels.shape().begin(), labels.shape().end(), logits.shape().begin());
}

/// prediction − target.
Tensor error_of(const Tensor& prediction, const Tensor& target, std::string_view who) {
  check_same_shape(prediction, target, who);
  check_floating(prediction, who);
  return widened(prediction) - widened(target);
}

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels,
                             const CrossEntropyOptions& options) {
  constexpr std::string_view kName = "softmax_cross_entropy";
  const double smoothing = options.label_smoothing;
  const bool are_classes = is_label_per_row(logits, labels);
  const bool are_distributions = logits.shape() == labels.shape() && is_floating(labels.dtype());
  if (!is_floating(logits.dtype()) || logits.ndim() == 0 || !(are_classes || are_distributions)) {
    throw InvalidArgument(
        "{}: floating logits [..., classes] and integer labels [...], or floating labels [..., "
        "classes], were expected, got {} and {}",
        kName, logits.spec(), labels.spec());
  }
  check_smoothing(smoothing, kName);
  const Tensor log_chance = log_softmax(widened(logits));
  Tensor log_likelihood;
  // Chosen, not multiplied: 0 · −∞ of a hopeless other class would be NaN.
  if (are_classes) {
    const Tensor is_label = one_hot(labels, logits.dim(-1), bool_);
    log_likelihood = sum(where(is_label, log_chance, 0), -1);
    if (smoothing > 0) {
      const Tensor shared = where(any(is_label, -1), mean(log_chance, -1), 0);
      log_likelihood = log_likelihood * (1 - smoothing) + shared * smoothing;
    }
  } else {
    const double share = smoothing / static_cast<double>(logits.dim(-1));
    const Tensor weight = widened(labels) * (1 - smoothing) + share;
    log_likelihood = sum(where(equal(weight, 0), 0, weight * log_chance), -1);
  }
  return reduced(-log_likelihood, options.weights, options.reduction, kName);
}

Tensor sigmoid_cross_entropy(const Tensor& logits, const Tensor& labels,
                             const CrossEntropyOptions& options) {
  constexpr std::string_view kName = "sigmoid_cross_entropy";
  check_same_shape(logits, labels, kName);
  check_floating(logits, kName);
  check_smoothing(options.label_smoothing, kName);
  const Tensor x = widened(logits);
  const Tensor z = widened(labels) * (1 - options.label_smoothing) + options.label_smoothing / 2;
  // One factor, so that a right answer has exactly 0 here, and the small rest is not lost in the
  // derivative either.
  const Tensor certain = x * where(x >= 0, 1 - z, -z);
  const Tensor values = certain + log1p(exp(where(x >= 0, -x, x)));
  return reduced(values, options.weights, options.reduction, kName);
}

Tensor mse(const Tensor& prediction, const Tensor& target, const LossOptions& options) {
  return reduced(square(error_of(prediction, target, "mse")), options.weights, options.reduction,
                 "mse");
}

Tensor l1(const Tensor& prediction, const Tensor& target, const LossOptions& options) {
  return reduced(abs(error_of(prediction, target, "l1")), options.weights, options.reduction, "l1");
}

Tensor huber(const Tensor& prediction, const Tensor& target, const HuberOptions& options) {
  if (!(options.delta > 0)) {
    throw InvalidArgument("huber: delta {} is not positive", options.delta);
  }
  const Tensor error = error_of(prediction, target, "huber");
  const Tensor size = abs(error);
  const Tensor line = (size - options.delta / 2) * options.delta;
  return reduced(where(size <= options.delta, square(error) / 2, line), options.weights,
                 options.reduction, "huber");
}

Tensor kl_divergence(const Tensor& log_prediction, const Tensor& target,
                     const LossOptions& options) {
  constexpr std::string_view kName = "kl_divergence";
  check_same_shape(log_prediction, target, kName);
  check_floating(log_prediction, kName);
  check_floating(target, kName);
  const Tensor p = widened(target);
  const Tensor counts = p > 0;
  const Tensor log_p = log(where(counts, p, 1));
  const Tensor log_q = where(counts, widened(log_prediction), 0);
  return reduced(sum(p * (log_p - log_q), -1), options.weights, options.reduction, kName);
}

Tensor accuracy(const Tensor& logits, const Tensor& labels, const LossOptions& options) {
  if (!is_label_per_row(logits, labels)) {
    throw InvalidArgument(
        "accuracy: logits [..., classes] and integer labels [...] were expected, got {} and {}",
        logits.spec(), labels.spec());
  }
  const Tensor is_right = equal(argmax(logits, -1), labels);
  return reduced(astype(is_right, float32), options.weights, options.reduction, "accuracy");
}

}  // namespace linseed::nn
