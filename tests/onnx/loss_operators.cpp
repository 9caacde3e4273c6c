// SoftmaxCrossEntropyLoss, NegativeLogLikelihoodLoss: x [n,classes,spatial…], labels [n,spatial…],
// a weight for each class, a label that does not count, and a choice of reductions.
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/loss.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// The weight of each label: its class's, or 0 if it is to be ignored.
Tensor weights_of_labels(const NodeTest& test) {
  const Tensor& labels = test.inputs[1];
  const std::int64_t classes = test.inputs[0].dim(1);
  const Tensor weights = take(test.has_input(2) ? test.inputs[2] : ones({classes}), labels, 0);
  if (!test.attributes.contains("ignore_index")) return weights;
  return where(equal(labels, test.integer("ignore_index", 0)), 0, weights);
}

nn::Reduction reduction(const NodeTest& test) {
  const std::string name = test.text("reduction", "mean");
  if (name == "none") return nn::Reduction::none;
  return name == "sum" ? nn::Reduction::sum : nn::Reduction::mean;
}

std::vector<Tensor> softmax_cross_entropy(const NodeTest& test) {
  const Tensor& logits = test.inputs[0];
  const Tensor loss =
      nn::softmax_cross_entropy(channels_last(logits), test.inputs[1],
                                {.weights = weights_of_labels(test), .reduction = reduction(test)});
  if (test.outputs.size() == 1) return {loss};
  return {loss, nn::log_softmax(logits, 1)};
}

/// −log p[label] is the divergence of p from the distribution that is sure of the label.
std::vector<Tensor> negative_log_likelihood(const NodeTest& test) {
  const Tensor log_p = channels_last(test.inputs[0]);
  return {nn::kl_divergence(log_p, one_hot(test.inputs[1], log_p.dim(-1)),
                            {.weights = weights_of_labels(test), .reduction = reduction(test)})};
}

}  // namespace

Operators loss_operators() {
  return {{"SoftmaxCrossEntropyLoss", softmax_cross_entropy},
          {"NegativeLogLikelihoodLoss", negative_log_likelihood}};
}

}  // namespace linseed::test::onnx
