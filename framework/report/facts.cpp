#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <linseed/framework/report/curves_internal.h>
#include <linseed/framework/report/facts_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

const LineChart* chart_of(const std::vector<LineChart>& charts,
                          std::initializer_list<std::string_view> titles) {
  for (const std::string_view title : titles) {
    const auto found = std::ranges::find(charts, title, &LineChart::title);
    if (found != charts.end()) return &*found;
  }
  return nullptr;
}

/// The line that a model is judged by: the first held-out one.
const Line* judging_line(const LineChart* chart) {
  if (chart == nullptr) return nullptr;
  const auto found = std::ranges::find_if(chart->lines, [](const Line& line) {
    return is_held_out(line.name) && !line.points.empty();
  });
  return found == chart->lines.end() ? nullptr : &*found;
}

std::string at_step(const Point& point) {
  return "at step " + grouped(static_cast<std::int64_t>(point.x));
}

std::optional<Fact> best_value(const std::vector<LineChart>& charts) {
  if (const Line* line = judging_line(chart_of(charts, {"accuracy", "acc"}))) {
    const Point best = *std::ranges::max_element(line->points, {}, &Point::y);
    const std::string value = best.y <= 1 ? percent(best.y, 2) : number(best.y);  // or percents
    return Fact{fmt::format("Best {} accuracy", line->name), value, at_step(best)};
  }
  if (const Line* line = judging_line(chart_of(charts, {"loss"}))) {
    const Point best = *std::ranges::min_element(line->points, {}, &Point::y);
    return Fact{fmt::format("Lowest {} loss", line->name), number(best.y), at_step(best)};
  }
  return {};
}

std::optional<Fact> speed(const std::vector<LineChart>& charts) {
  const LineChart* chart =
      chart_of(charts, {"images/s", "images_per_second", "images per second", "examples/s"});
  if (chart == nullptr) return {};
  std::vector<double> values;
  for (const Line& line : chart->lines) {
    for (const Point& point : line.points) values.push_back(point.y);
  }
  if (values.empty()) return {};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return Fact{"Images/s", number(*middle), "median"};
}

std::optional<Fact> epochs(const std::vector<LineChart>& charts, const Json& settings) {
  std::string planned;
  if (settings.contains("epochs") && settings["epochs"].is_number_integer()) {
    planned = grouped(settings["epochs"].get<std::int64_t>());
  }
  const LineChart* chart = chart_of(charts, {"epoch"});
  if (chart != nullptr && !chart->lines.front().points.empty()) {
    const std::string done = number(std::round(100 * chart->lines.front().points.back().y) / 100);
    return Fact{"Epochs", done, planned.empty() || planned == done ? "" : "of " + planned};
  }
  if (planned.empty()) return {};
  return Fact{"Epochs", planned, "planned"};
}

}  // namespace

std::vector<Fact> facts_of(const Run& run, const std::vector<LineChart>& charts,
                           const Json& settings) {
  std::vector<Fact> facts;
  const auto add = [&](std::optional<Fact> fact) {
    if (fact) facts.push_back(*std::move(fact));
  };
  add(best_value(charts));
  add(speed(charts));
  add(epochs(charts, settings));
  if (run.metrics && !run.metrics->records.empty()) {
    facts.push_back({"Steps", grouped(run.metrics->records.back().step), ""});
    const std::vector<double> times = elapsed_seconds(*run.metrics);
    const std::size_t programs = run.metrics->runs.size();
    facts.push_back({"Duration", duration(*std::ranges::max_element(times)),
                     programs > 1 ? fmt::format("in {} parts", programs) : ""});
  }
  return facts;
}

std::string facts_html(const std::vector<Fact>& facts) {
  if (facts.empty()) return "";
  std::string html = "<dl class=\"facts\">\n";
  for (const Fact& fact : facts) {
    html += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", escaped(fact.label),
                        escaped(fact.value), escaped(fact.note));
  }
  return html + "</dl>\n";
}

}  // namespace linseed::page
