#include <linseed/optim/schedule.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>

namespace linseed::optim {
namespace {

/// A parameter of a schedule, checked when the schedule is made.
void check_not_negative(std::string_view schedule, std::string_view name, double value) {
  if (!(std::isfinite(value) && value >= 0)) {
    throw InvalidArgument("{}: {} {} is not a finite number ≥ 0", schedule, name, value);
  }
}

void check_positive(std::string_view schedule, std::string_view name, double value) {
  if (!(std::isfinite(value) && value > 0)) {
    throw InvalidArgument("{}: {} {} is not a finite number > 0", schedule, name, value);
  }
}

/// ½ − ½ cos(π x): from 0 at x = 0 to 1 at x = 1.
Tensor half_cosine(const Tensor& x) { return 0.5 - cos(x * std::numbers::pi) * 0.5; }

}  // namespace

Schedule constant_schedule(double base) {
  check_not_negative("constant_schedule", "base", base);
  return [=](const Tensor&) { return full({}, base); };
}

Schedule with_warmup(Schedule schedule, double warmup_steps) {
  check_not_negative("with_warmup", "warmup_steps", warmup_steps);
  if (warmup_steps == 0) return schedule;
  return [schedule = std::move(schedule), warmup_steps](const Tensor& step) {
    return schedule(step) * minimum(1, astype(step, float32) / warmup_steps);
  };
}

Schedule stepped_schedule(double base, std::int64_t steps_per_epoch,
                          std::vector<std::pair<double, double>> factors, double warmup_epochs) {
  constexpr std::string_view kName = "stepped_schedule";
  check_not_negative(kName, "base", base);
  check_positive(kName, "steps_per_epoch", static_cast<double>(steps_per_epoch));
  check_not_negative(kName, "warmup_epochs", warmup_epochs);
  const auto epoch = static_cast<double>(steps_per_epoch);
  double last = -1;
  for (auto& [at, factor] : factors) {
    check_not_negative(kName, "epoch", at);
    check_not_negative(kName, "factor", factor);
    if (at <= last) {
      throw InvalidArgument("{}: epoch {} does not come after epoch {}", kName, at, last);
    }
    last = at;
    at = std::nearbyint(at * epoch);  // from here on the last step that it does not hold for
  }
  const auto rate = [base, factors = std::move(factors)](const Tensor& step) {
    Tensor result = full({}, base);
    for (const auto& [boundary, factor] : factors) {
      result = where(step > static_cast<std::int64_t>(boundary), base * factor, result);
    }
    return result;
  };
  return with_warmup(rate, warmup_epochs * epoch);
}

Schedule cosine_schedule(double base, std::int64_t steps_per_epoch, double halfcos_epochs,
                         double warmup_epochs) {
  constexpr std::string_view kName = "cosine_schedule";
  check_not_negative(kName, "base", base);
  check_positive(kName, "steps_per_epoch", static_cast<double>(steps_per_epoch));
  check_positive(kName, "halfcos_epochs", halfcos_epochs);
  check_not_negative(kName, "warmup_epochs", warmup_epochs);
  const auto epoch = static_cast<double>(steps_per_epoch);
  const auto rate = [=](const Tensor& step) {
    const Tensor at = astype(step, float32);
    return (cos(at * (std::numbers::pi / (halfcos_epochs * epoch))) * 0.5 + 0.5) * base;
  };
  return with_warmup(rate, warmup_epochs * epoch);
}

Schedule one_cycle_schedule(double peak, std::int64_t steps, const OneCycle& shape) {
  constexpr std::string_view kName = "one_cycle_schedule";
  check_not_negative(kName, "peak", peak);
  check_positive(kName, "steps", static_cast<double>(steps));
  check_positive(kName, "start_divisor", shape.start_divisor);
  check_positive(kName, "end_divisor", shape.end_divisor);
  if (!(shape.rising_fraction >= 0 && shape.rising_fraction < 1)) {
    throw InvalidArgument("{}: rising_fraction {} is not in [0, 1)", kName, shape.rising_fraction);
  }
  const auto all = static_cast<double>(steps);
  const double rising = std::floor(shape.rising_fraction * all);
  const double first = peak / shape.start_divisor;
  const double last = first / shape.end_divisor;
  return [=](const Tensor& step) {
    const Tensor at = astype(step, float32);
    const Tensor up = first + half_cosine(at / std::max(rising, 1.)) * (peak - first);
    const Tensor down_at = minimum((at - rising) / (all - rising), 1);
    const Tensor down = last + half_cosine(1 - down_at) * (peak - last);
    return where(at < rising, up, down);
  };
}

Schedule inverse_sqrt_schedule(double peak, std::int64_t warmup_steps) {
  constexpr std::string_view kName = "inverse_sqrt_schedule";
  check_not_negative(kName, "peak", peak);
  check_positive(kName, "warmup_steps", static_cast<double>(warmup_steps));
  const auto warmup = static_cast<double>(warmup_steps);
  return with_warmup(
      [=](const Tensor& step) {
        return sqrt(warmup / maximum(astype(step, float32), warmup)) * peak;
      },
      warmup);
}

Schedule piecewise_schedule(std::vector<std::pair<std::int64_t, Schedule>> parts) {
  constexpr std::string_view kName = "piecewise_schedule";
  if (parts.empty() || parts.front().first != 0) {
    throw InvalidArgument(
        "{}: the first part must begin at step 0{}", kName,
        parts.empty() ? ", and there is none" : fmt::format(", not at {}", parts.front().first));
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].first > parts[i - 1].first) continue;
    throw InvalidArgument("{}: a part that begins at step {} does not come after one at step {}",
                          kName, parts[i].first, parts[i - 1].first);
  }
  return [parts = std::move(parts)](const Tensor& step) {
    Tensor rate;
    for (const auto& [begin, schedule] : parts) {
      // Before its begin a part is computed too, and not taken: at its step 0, not at −1 or less.
      const Tensor own = begin == 0 ? schedule(step) : schedule(maximum(step - begin, 0));
      rate = rate.defined() ? where(step >= begin, own, rate) : own;
    }
    return rate;
  };
}

}  // namespace linseed::optim
