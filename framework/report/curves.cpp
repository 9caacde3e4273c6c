#include <algorithm>
#include <cmath>
#include <map>

#include <linseed/framework/report/curves_internal.h>

namespace linseed::page {
namespace {

constexpr std::string_view kTrainingSets[] = {"train", "training"};
constexpr std::string_view kHeldOutSets[] = {"test",       "testing", "val",  "valid",
                                             "validation", "dev",     "eval", "evaluation"};
constexpr std::string_view kSeparators = "/_-. ";
constexpr double kMost = 1e100;
constexpr std::int64_t kMostSteps = std::int64_t{1} << 53;  // beyond it doubles skip some

bool is_training(std::string_view set) {
  return std::ranges::find(kTrainingSets, set) != std::end(kTrainingSets);
}

/// Lines in this order: the training's, those without a set, the others.
int rank(std::string_view set) { return is_training(set) ? 0 : set.empty() ? 1 : 2; }

Line line_of(const MetricsCurve& curve, std::string name) {
  Line line{.name = std::move(name), .points = {}};
  for (const MetricsPoint& point : curve.points) {
    if (std::abs(point.value) <= kMost) {
      line.points.push_back({static_cast<double>(std::min(point.step, kMostSteps)), point.value});
    } else {
      ++line.left_out;
    }
  }
  return line;
}

}  // namespace

bool is_held_out(std::string_view set) {
  return std::ranges::find(kHeldOutSets, set) != std::end(kHeldOutSets);
}

Quantity quantity_of(std::string_view name) {
  const auto is_set = [](std::string_view word) { return is_training(word) || is_held_out(word); };
  const std::size_t first = name.find_first_of(kSeparators);
  if (first != std::string_view::npos && first + 1 < name.size() && is_set(name.substr(0, first))) {
    return {std::string(name.substr(first + 1)), std::string(name.substr(0, first))};
  }
  const std::size_t last = name.find_last_of(kSeparators);
  if (last != std::string_view::npos && last > 0 && is_set(name.substr(last + 1))) {
    return {std::string(name.substr(0, last)), std::string(name.substr(last + 1))};
  }
  return {std::string(name), ""};
}

std::vector<LineChart> line_charts(const Metrics& metrics) {
  std::vector<LineChart> charts;
  std::map<std::string, std::size_t> index;  // of charts by title
  for (const MetricsCurve& curve : curves(metrics)) {
    const Quantity quantity = quantity_of(curve.name);
    const auto [at, is_new] = index.try_emplace(quantity.name, charts.size());
    if (is_new) charts.push_back({quantity.name, {}});
    charts[at->second].lines.push_back(line_of(curve, quantity.set));
  }
  for (LineChart& chart : charts) {
    std::ranges::stable_sort(chart.lines, {}, [](const Line& line) { return rank(line.name); });
    int colour = 0;
    for (Line& line : chart.lines) {
      line.colour = is_held_out(line.name) ? ++colour : 0;
      // A log that says "loss" and "test/loss" means the training's by the first.
      if (line.name.empty() && chart.lines.size() > 1) line.name = "train";
    }
  }
  return charts;
}

}  // namespace linseed::page
