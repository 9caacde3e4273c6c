// What 14_batch_norm_explained measures.
#pragma once

#include <string>
#include <vector>

#include "support/chart.h"
#include "support/deep_mlp.h"

namespace example {

using linseed::data::LabelledImages;
using Numbers = std::vector<double>;
constexpr float kRate = 0.05f;  // of learning

/// The standard deviation of each.
Numbers deviations(const std::vector<linseed::Tensor>& tensors);

/// How the elements of the first, the middle and the last of these spread over [−2, 2].
Chart histograms(const std::string& title, const std::vector<linseed::Tensor>& tensors);

/// For each layer the norm of the gradient of the loss by its kernel.
Numbers kernel_gradients(const DeepModel& deep, const LabelledImages& batch);

/// A descent, and a look around at each step (Santurkar et al., "How does batch normalization help
/// optimization?", 2018): over w − η g for η of ½, 1, 2 and 4 times the rate,
struct Descent {
  Numbers low, high;   // least and greatest loss, w included
  Numbers smoothness;  // greatest ‖g(w − η g) − g(w)‖ / ‖η g‖
};
Descent descent(DeepModel deep, const LabelledImages& examples, int steps);
/// The greatest difference of the greatest and the least loss.
double widest(const Descent& descent);

/// The accuracy on the first 1,000 test images ten times in the course of training.
struct Lag {
  Numbers steps;
  Numbers by_batch, by_quick, by_slow;  // averages with momentum 0.9 and 0.99
  DeepModel trained;                    // has the former
};
Lag lag_of_averages(const linseed::data::ImageClassification& task, int steps);

/// The share of the images that are recognised, by their own statistics if `train`, otherwise by
/// the averages.
double accuracy(const DeepModel& deep, const LabelledImages& examples, bool train);
/// The former, when they come in batches of that size.
double accuracy_in_batches(const DeepModel& deep, const LabelledImages& examples,
                           std::int64_t size);

/// ‖g − g₁‖ / ‖g₁‖ for the gradient g of so many replicas with a shard of the batch each, and g₁ of
/// one with all. `axis_name`: "batch", or empty for statistics of each shard alone.
double distance_of_replicas(const DeepModel& deep, const LabelledImages& batch, int replicas,
                            const std::string& axis_name);

}  // namespace example
