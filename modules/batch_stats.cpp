#include <linseed/modules/batch_stats.h>

#include <fmt/ranges.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>

namespace linseed::nn {

Collection sync_batch_stats(const Collection& stats) {
  return tree::map(
      [](const Tensor& x) {
        if (x.ndim() == 0) {
          throw InvalidArgument(
              "sync_batch_stats: a variable {} is not of replicas: it has no "
              "first dimension with an entry for each",
              x.spec());
        }
        return is_floating(x.dtype()) ? broadcast_to(mean(x, {0}, keepdims), x.shape()) : x;
      },
      stats);
}

namespace {

std::vector<std::string> names_of(const Collection& stats) {
  std::vector<std::string> names;
  for (const auto& leaf : tree::named_leaves(stats)) names.push_back(leaf.path());
  return names;
}

}  // namespace

void StatsMean::add(const Collection& batch) {
  if (count_ > 0 && names_of(batch) != names_of(mean_)) {
    throw InvalidArgument(
        "stats mean: this batch has other variables than those before: {}, not {}",
        fmt::join(names_of(batch), " "), fmt::join(names_of(mean_), " "));
  }
  const std::vector<Tensor> now = tree::leaves(batch);
  std::vector<Tensor> means = tree::leaves(count_ == 0 ? batch : mean_);
  for (std::size_t i = 0; i < now.size(); ++i) {
    means[i] = running_mean(means[i], now[i], count_ + 1);
  }
  evaluate_tensors(means);
  mean_ = tree::with_leaves(batch, means);
  ++count_;
}

const Collection& StatsMean::value() const {
  if (count_ == 0) throw InvalidArgument("stats mean: nothing was added to it");
  return mean_;
}

}  // namespace linseed::nn
