#include <linseed/framework/report/health.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <linseed/framework/core/replica_axis.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/elements_internal.h>
#include <linseed/framework/report/finding_internal.h>

namespace linseed {
namespace {

using Indices = std::vector<std::int64_t>;
using Values = std::vector<double>;

/// The positions at which `holds`.
template <class Holds>
Indices where(const Values& values, Holds holds) {
  Indices result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (holds(i)) result.push_back(static_cast<std::int64_t>(i));
  }
  return result;
}

/// Of the values at these positions the one that `is_worse` than the others.
template <class IsWorse>
double worst_of(const Values& values, const Indices& at, IsWorse is_worse) {
  double worst = values[static_cast<std::size_t>(at.front())];
  for (const std::int64_t i : at) {
    const double value = values[static_cast<std::size_t>(i)];
    if (is_worse(value, worst)) worst = value;
  }
  return worst;
}

double least(const Values& values, const Indices& at) {
  return worst_of(values, at, [](double a, double b) { return a < b; });
}

double largest(const Values& values, const Indices& at) {
  return worst_of(values, at, [](double a, double b) { return a > b; });
}

/// One layer under examination.
class Examination {
 public:
  Examination(const BatchNormLayer& layer, const HealthOptions& options,
              std::optional<std::int64_t> updates, std::vector<Finding>& findings)
      : layer_(layer),
        options_(options),
        updates_(updates),
        findings_(findings),
        mean_(as_doubles(layer.mean)),
        var_(as_doubles(layer.var)) {}

  void run() {
    if (var_.empty()) return;
    check_finite("mean", layer_.mean, mean_);
    check_finite("var", layer_.var, var_);
    check_replicas();
    check_variance();
    if (are_sound()) check_start();
    check_params();
  }

 private:
  /// What is left of the start after the updates: mⁿ.
  std::optional<double> left_of_start() const {
    if (!updates_) return std::nullopt;
    return std::pow(options_.momentum, static_cast<double>(*updates_));
  }

  std::string path_of(std::string_view name) const { return io::join_path(layer_.path, name); }

  bool are_sound() const {
    return std::all_of(mean_.begin(), mean_.end(), [](double x) { return std::isfinite(x); }) &&
           std::all_of(var_.begin(), var_.end(), [](double x) { return x >= 0 && x < INFINITY; });
  }

  void check_finite(std::string_view name, const Tensor& tensor, const Values& values) {
    Indices bad = where(values, [&](std::size_t i) { return !std::isfinite(values[i]); });
    if (bad.empty()) return;
    const double first = values[static_cast<std::size_t>(bad.front())];
    Finding finding =
        make_finding(Trouble::non_finite, path_of(name), tensor, std::move(bad), "", first);
    finding.remedy += "; an average never recovers, `linseed recalibrate` makes it anew";
    findings_.push_back(std::move(finding));
  }

  void check_variance() {
    Indices negative =
        where(var_, [&](std::size_t i) { return var_[i] < 0 && var_[i] > -INFINITY; });
    if (!negative.empty()) {
      const double value = least(var_, negative);
      findings_.push_back(make_finding(Trouble::negative_variance, path_of("var"), layer_.var,
                                       std::move(negative), "down to", value));
    }
    const double left = left_of_start().value_or(1);
    constexpr double kBelowEpsilon = 1e-4, kNearly = 1.1;
    double zero = options_.least_variance;
    if (left < kBelowEpsilon) zero = std::max(zero, kNearly * left);
    Indices constant = where(var_, [&](std::size_t i) { return var_[i] >= 0 && var_[i] <= zero; });
    if (constant.empty()) return;
    const double value = largest(var_, constant);
    findings_.push_back(make_finding(Trouble::constant_channel, path_of("var"), layer_.var,
                                     std::move(constant), "a variance of at most", value));
  }

  /// Averages that are sound but hold more of their start than of any batch.
  void check_start() {
    const double mean = std::abs(*std::max_element(
        mean_.begin(), mean_.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
    const auto [low, high] = std::minmax_element(var_.begin(), var_.end());
    if (mean == 0 && *low == 1 && *high == 1) {
      findings_.push_back(make_finding(
          Trouble::never_updated, layer_.path,
          fmt::format("mean is 0 and var is 1 in all {} channels{}", var_.size(), after_updates()),
          updates_));
      return;
    }
    constexpr double kNear = 0.01;
    const bool is_near = mean <= kNear && *low >= 1 - kNear && *high <= 1 + kNear;
    const bool is_known = updates_.value_or(0) > 0;  // at 0 updates they came from elsewhere
    const double share = is_known ? std::min(*left_of_start(), *low) : is_near ? 1 : 0;
    if (share <= options_.start_share) return;
    std::string what =
        is_known ? fmt::format("{:.0f} % of the averages is still their start, mean 0 and var 1{}",
                               100 * share, after_updates())
                 : "mean and var are within 0.01 of their start, 0 and 1";
    findings_.push_back(make_finding(Trouble::few_updates, layer_.path, std::move(what)));
    findings_.back().value = share;
  }

  std::string after_updates() const {
    if (!updates_) return "";
    return fmt::format(" after {} update{}", *updates_, *updates_ == 1 ? "" : "s");
  }

  void check_replicas() {
    if (layer_.replicas < 2) return;
    check_replicas("mean", layer_.mean, mean_);
    check_replicas("var", layer_.var, var_);
  }

  /// The channel whose averages lie farthest apart.
  void check_replicas(std::string_view name, const Tensor& tensor, const Values& values) {
    if (replica_out_of_step(tensor) == 0) return;
    const auto replicas = static_cast<std::size_t>(layer_.replicas);
    const std::size_t channels = values.size() / replicas;
    Indices differing;
    std::size_t worst = 0;
    double widest = -1, low_there = 0, high_there = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      double low = values[c], high = values[c];
      for (std::size_t r = 1; r < replicas; ++r) {
        low = std::min(low, values[r * channels + c]);
        high = std::max(high, values[r * channels + c]);
      }
      if (low != high) differing.push_back(static_cast<std::int64_t>(c));
      if (high - low <= widest) continue;
      std::tie(worst, widest, low_there, high_there) = std::tuple(c, high - low, low, high);
    }
    Finding finding = make_finding(
        Trouble::replica_drift, path_of(name),
        fmt::format("{} replicas differ in {} of {} channels; most in channel {}: from {:.3g} to "
                    "{:.3g}",
                    replicas, differing.size(), channels, worst, low_there, high_there));
    finding.indices = std::move(differing);
    finding.value = widest;
    findings_.push_back(std::move(finding));
  }

  void check_params() {
    if (!layer_.scale.defined()) return;
    const bool fits = layer_.replicas > 0 || layer_.scale.shape() == layer_.mean.shape();
    if (!fits) {
      findings_.push_back(
          make_finding(Trouble::other_shape, layer_.path,
                       fmt::format("averages {}, scale {} in {}", to_string(layer_.mean.shape()),
                                   to_string(layer_.scale.shape()), layer_.params_path)));
    }
    const Values scale = as_doubles(layer_.scale);
    const auto is_dead = [&](std::size_t i) { return std::abs(scale[i]) <= options_.dead_scale; };
    if (Indices dead = where(scale, is_dead); !dead.empty()) {
      const double value =
          worst_of(scale, dead, [](double a, double b) { return std::abs(a) > std::abs(b); });
      findings_.push_back(make_finding(Trouble::dead_channel,
                                       io::join_path(layer_.params_path, "scale"), layer_.scale,
                                       std::move(dead), "a scale of at most", std::abs(value)));
    }
    if (!layer_.bias.defined() || layer_.bias.shape() != layer_.scale.shape()) return;
    const Values bias = as_doubles(layer_.bias);
    const auto deviations = [&](std::size_t i) { return bias[i] / std::abs(scale[i]); };
    Indices pinned =
        where(bias, [&](std::size_t i) { return !is_dead(i) && deviations(i) < -options_.pinned; });
    if (pinned.empty()) return;
    double lowest = 0;
    for (const std::int64_t i : pinned) {
      lowest = std::min(lowest, deviations(static_cast<std::size_t>(i)));
    }
    findings_.push_back(make_finding(Trouble::pinned_channel,
                                     io::join_path(layer_.params_path, "bias"), layer_.bias,
                                     std::move(pinned), "in units of |scale| down to", lowest));
  }

  const BatchNormLayer& layer_;
  const HealthOptions& options_;
  std::optional<std::int64_t> updates_;
  std::vector<Finding>& findings_;
  Values mean_, var_;
};

/// All tensors but the averages of `layers`, which are examined by themselves.
void check_others(const io::State& state, const std::vector<BatchNormLayer>& layers,
                  std::vector<Finding>& findings) {
  for (const auto& each : io::named_tensors(state)) {
    const bool is_average =
        std::any_of(layers.begin(), layers.end(), [&](const BatchNormLayer& layer) {
          return each.path == io::join_path(layer.path, "mean") ||
                 each.path == io::join_path(layer.path, "var");
        });
    if (is_average || !is_floating(each.tensor.dtype())) continue;
    Indices bad;
    std::int64_t i = 0;
    double first = 0;
    for_each_element(each.tensor, [&](double x) {
      if (!std::isfinite(x)) {
        if (bad.empty()) first = x;
        bad.push_back(i);
      }
      ++i;
    });
    if (bad.empty()) continue;
    findings.push_back(make_finding(Trouble::non_finite, each.path, each.tensor, std::move(bad),
                                    "the first is", first));
  }
}

/// How many updates the averages have had, as far as it can be known.
std::optional<std::int64_t> updates_of(const io::State& state, std::int64_t step,
                                       const HealthOptions& options) {
  if (options.updates) return options.updates;
  if (const auto known = optimizer_step(state)) return known;
  if (step > 0) return step;
  return std::nullopt;
}

}  // namespace

std::int64_t Health::channels() const {
  std::int64_t count = 0;
  for (const BatchNormLayer& layer : layers) {
    count += layer.mean.size() / std::max(layer.replicas, 1);
  }
  return count;
}

Health check_health(const io::State& state, std::int64_t step, const HealthOptions& options) {
  Health health;
  health.layers = batch_norm_layers(state, options.replicas);
  health.updates = updates_of(state, step, options);
  for (const BatchNormLayer& layer : health.layers) {
    Examination(layer, options, health.updates, health.findings).run();
  }
  check_others(state, health.layers, health.findings);
  std::stable_sort(health.findings.begin(), health.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.trouble < b.trouble; });
  return health;
}

}  // namespace linseed
