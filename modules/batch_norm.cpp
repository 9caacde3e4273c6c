#include <linseed/modules/batch_norm.h>

#include <algorithm>
#include <optional>

#include <linseed/framework/graph/axis.h>
#include <linseed/framework/ops/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/normalization_internal.h>

namespace linseed::nn {
namespace {

/// Which dimensions of x are features and which are averaged over.
struct Layout {
  Shape features;   // sizes of the feature axes, in the order of dimensions
  Shape broadcast;  // the same among ones, to stand beside x
  std::vector<int> reduced;

  Layout(const Tensor& x, const Axes& axis) {
    const std::vector<int> kept = axis.resolve(x.ndim(), "batch_norm");
    for (int i = 0; i < x.ndim(); ++i) {
      const bool is_feature = std::binary_search(kept.begin(), kept.end(), i);
      if (is_feature) features.push_back(x.dim(i));
      if (!is_feature) reduced.push_back(i);
      broadcast.push_back(is_feature ? x.dim(i) : 1);
    }
  }

  /// Values per feature.
  std::int64_t count(const Tensor& x) const {
    std::int64_t product = 1;
    for (const int dimension : reduced) product *= x.dim(dimension);
    return product;
  }
};

struct Statistics {
  Tensor mean;
  Tensor var;
  Tensor count;  // of what a mask counts; else undefined
};

void check_options(const BatchNorm& options) {
  if (options.axis_name.empty() && !options.axis_index_groups.empty()) {
    throw InvalidArgument("batch_norm: axis_index_groups are groups along an axis; give axis_name");
  }
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    throw InvalidArgument(
        "batch_norm: momentum {} is not in [0, 1]; it is the weight of the old average (PyTorch's "
        "0.1 is 0.9 here)",
        options.momentum);
  }
}

/// The replicas that have the fewest others to share statistics with, themselves included.
std::size_t smallest_group(const BatchNorm& options) {
  if (options.axis_name.empty()) return 1;
  auto smallest = static_cast<std::size_t>(axis_size(options.axis_name));
  for (const auto& group : options.axis_index_groups) smallest = std::min(smallest, group.size());
  return smallest;
}

/// The statistics of all that the replicas of a group have, from those of each, which count as many
/// values. Two exchanges: the second, of deviations from the common mean, does not cancel where
/// means are large.
Statistics merged(const Statistics& own, const std::string& axis_name,
                  const AxisIndexGroups& groups) {
  const Tensor mean = pmean(own.mean, axis_name, groups);
  return {mean, pmean(own.var + square(own.mean - mean), axis_name, groups), {}};
}

/// The moments of all, where a mask may count more in one replica than in another.
Moments merged(const Moments& own, const std::string& axis_name, const AxisIndexGroups& groups) {
  const Tensor own_sum = reshape(own.count * own.mean, {-1});
  const Tensor sums = psum(concatenate({reshape(own.count, {1}), own_sum}, 0), axis_name, groups);
  const Tensor count = reshape(slice(sums, {0}, {1}), {});
  const Tensor sum = reshape(slice(sums, {1}, {sums.dim(0)}), own.mean.shape());
  const Tensor mean = sum / maximum(count, 1);
  const Tensor m2 = psum(own.m2 + own.count * square(own.mean - mean), axis_name, groups);
  return {count, mean, m2};
}

/// Averages of replicas that went their own ways would make another network of each.
Tensor in_step(Tensor average) {
  for (const BoundAxis& open : AxisScope::open()) {
    average = require_equal(average, open.axis.name,
                            "batch_norm: the running averages of replicas differ; combine them "
                            "with sync_batch_stats, or in training by .axis_name");
  }
  return average;
}

/// That there is such an axis, and that the groups are a partition of it.
void check_axis(const BatchNorm& options) {
  if (options.axis_name.empty()) return;
  const BoundAxis* const bound = find_axis(options.axis_name, "batch_norm");
  if (bound != nullptr) check_groups(options.axis_index_groups, bound->axis, "batch_norm");
}

Statistics batch_statistics(const BatchNorm& options, const Tensor& x, const Layout& layout,
                            const Tensor& mask) {
  check_axis(options);
  if (!is_initializing() && layout.count(x) == 1 && smallest_group(options) == 1) {
    throw InvalidArgument(
        "batch_norm: one value per feature in {}, so the variance is 0 and the result does not "
        "depend on x; use a larger batch (drop an incomplete last one), or use_running_average",
        x.spec());
  }
  const Moments own = moments(x, Axes(layout.reduced), mask);
  const auto shared = [&](const auto& of_replica) {
    return options.axis_name.empty()
               ? of_replica
               : merged(of_replica, options.axis_name, options.axis_index_groups);
  };
  if (mask.defined()) {
    const Moments batch = shared(own);
    return {batch.mean, batch.m2 / maximum(batch.count, 1), batch.count};
  }
  const auto count = static_cast<double>(std::max<std::int64_t>(layout.count(x), 1));
  return shared(Statistics{own.mean, own.m2 / count, {}});
}

}  // namespace

Tensor BatchNorm::apply(const Tensor& x, const Tensor& mask) const {
  check_options(*this);
  const Tensor values = normalization_input(x, epsilon, dtype, "batch_norm");
  const Layout layout(values, axis);

  std::optional<State> running_mean;
  std::optional<State> running_var;
  if (batch_stats != nullptr || is_stateful()) {
    running_mean = state("mean", layout.features, initializers::zeros(), batch_stats);
    running_var = state("var", layout.features, initializers::ones(), batch_stats);
  }

  Statistics statistics;
  if (use_running_average) {
    if (!running_mean) {
      throw ModuleError(ModuleRule::E27,
                        "use_running_average needs the averages: run the model inside of "
                        "stateful(stats, frozen, …), or pass .batch_stats");
    }
    statistics = {in_step(running_mean->get()), in_step(running_var->get()), {}};
  } else {
    statistics = batch_statistics(*this, values, layout, mask);
    const bool has_values = layout.count(values) > 0;
    if (running_mean && !is_initializing() && has_values) {
      const auto update = [&](State& average, const Tensor& batch) {
        const Tensor updated = average.average(batch, momentum);
        average.set(mask.defined() ? where(statistics.count > 0, updated, average.get()) : updated);
      };
      update(*running_mean, statistics.mean);
      update(*running_var, statistics.var);
    }
  }

  const auto spread = [&](const Tensor& per_feature) {
    return reshape(per_feature, layout.broadcast);
  };
  Tensor factor = rsqrt(statistics.var + epsilon);
  if (scale) factor = factor * param("scale", layout.features, scale_init);
  Tensor y = (values - spread(statistics.mean)) * spread(factor);
  if (bias) y = y + spread(param("bias", layout.features, bias_init));
  return astype(y, dtype);
}

}  // namespace linseed::nn
