// Running averages of replicas.
#pragma once

#include <linseed/framework/module/collection.h>

namespace linseed::nn {

/// The state of replicas that trained without exchanging their statistics, combined: each floating
/// variable [replicas, …] becomes the mean over all, the same for each. Means and variances alike,
/// as they are averages over batches already, whatever replica a batch was on; what differs between
/// the means of replicas is not added to the variance. `unreplicate` then takes it as the state of
/// one. InvalidArgument if a variable has no dimension of replicas.
Collection sync_batch_stats(const Collection& stats);

}  // namespace linseed::nn
