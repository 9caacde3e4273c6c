// Statistics of batches, put together.
#pragma once

#include <cstdint>

#include <linseed/framework/module/collection.h>

namespace linseed::nn {

/// The state of replicas that trained without exchanging their statistics, combined: each floating
/// variable [replicas, …] becomes the mean over all, the same for each. Means and variances alike,
/// as they are averages over batches already, whatever replica a batch was on; what differs between
/// the means of replicas is not added to the variance. `unreplicate` then takes it as the state of
/// one. InvalidArgument if a variable has no dimension of replicas.
Collection sync_batch_stats(const Collection& stats);

/// Statistics measured anew, as the mean over batches of what each has: the running averages of a
/// run are of parameters that have moved on since (Wu, Johnson, "Rethinking 'batch' in BatchNorm",
/// 2021, "PreciseBN").
///   mean_k = mean_{k−1} + (batch_k − mean_{k−1}) / k
///
///   nn::StatsMean measured;
///   for (const auto& batch : batches) {
///     measured.add(nn::stateful(stats, nn::unaveraged, [&] { return model(batch.images);
///     }).second);
///   }
///   stats = measured.value();
///
/// Means and variances alike, each batch with the same weight: what differs between the means of
/// batches is not added to the variance, as in training. Variables that are not floating are those
/// of the last batch.
class StatsMean {
 public:
  /// InvalidArgument if `batch` has other variables than those before.
  void add(const Collection& batch);

  std::int64_t count() const { return count_; }
  /// InvalidArgument if nothing was added.
  const Collection& value() const;

 private:
  Collection mean_;
  std::int64_t count_ = 0;
};

}  // namespace linseed::nn
