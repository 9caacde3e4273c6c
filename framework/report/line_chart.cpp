#include <linseed/framework/report/line_chart_internal.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMany = 60;  // points: more are noise rather than dots
constexpr std::size_t kMostRawPoints = 800;
constexpr std::size_t kMostPoints = 240;
constexpr int kColours = 4;  // that the style has

/// A line as it is drawn.
struct Drawn {
  std::string name;
  std::vector<Point> curve;
  std::vector<Point> raw;  // behind it; empty if the curve has all points
  double last = 0;         // value
  std::size_t left_out = 0;
  int colour = 0;
  bool has_dots = true;
};

/// True if a curve goes up and down much more often than from its lowest to its highest value.
bool is_noisy(const std::vector<Point>& points) {
  double way = 0;
  for (std::size_t i = 1; i < points.size(); ++i) way += std::abs(points[i].y - points[i - 1].y);
  const auto [low, high] = std::ranges::minmax(points, {}, &Point::y);
  return way > 4 * (high.y - low.y);
}

Drawn draw(const Line& line) {
  Drawn drawn{line.name, line.points, {}, 0, line.left_out, line.colour % kColours};
  if (line.points.size() > kMany) {
    if (is_noisy(line.points)) {
      drawn.raw = thinned(line.points, kMostRawPoints);
      drawn.curve = smoothed(line.points, line.points.size() / 50);
    }
    drawn.curve = thinned(drawn.curve, kMostPoints);
    drawn.has_dots = false;
  }
  if (!drawn.curve.empty()) drawn.last = drawn.curve.back().y;  // thinning keeps it
  return drawn;
}

Axis step_axis(const LineChart& chart) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const Line& line : chart.lines) {
    if (line.points.empty()) continue;
    low = std::min(low, line.points.front().x);
    high = std::max(high, line.points.back().x);
  }
  return {low > 0 && low < high / 20 ? 0 : low, high};  // 0 is a better beginning than 1
}

/// In the coordinates of the drawing, 1000 × 1000 with y downwards.
struct Place {
  const Axis& x;
  const Axis& y;

  std::string operator()(const Point& point) const {
    return fmt::format("{:.1f} {:.1f}", 1000 * x.place(point.x), 1000 - 1000 * y.place(point.y));
  }
};

std::string path(const std::vector<Point>& points, const Place& place) {
  std::string d;
  for (const Point& point : points) d += (d.empty() ? "M" : "L") + place(point);
  return d;
}

std::string draw_line(const Drawn& line, const Place& place) {
  std::string svg = fmt::format("<g class=\"line c{}\">", line.colour);
  if (!line.raw.empty()) {
    svg += fmt::format("<path class=\"raw\" d=\"{}\"/>", path(line.raw, place));
  }
  svg += fmt::format("<path class=\"curve\" d=\"{}\"/>", path(line.curve, place));
  if (line.has_dots) {
    for (const Point& point : line.curve) {
      svg += fmt::format("<path class=\"dot\" d=\"M{}h0\"><title>{}{} at step {}</title></path>",
                         place(point), escaped(line.name.empty() ? "" : line.name + " "),
                         number(point.y), grouped(static_cast<std::int64_t>(point.x)));
    }
  }
  return svg + "</g>\n";
}

/// What a script needs to show values: the axes and the curves.
std::string data(const std::vector<Drawn>& lines, const Axis& x, const Axis& y) {
  Json json{{"x", {x.low(), x.high()}},
            {"y", {y.low(), y.high()}},
            {"log", y.is_logarithmic()},
            {"lines", Json::array()}};
  for (const Drawn& line : lines) {
    Json points = Json::array();
    for (const Point& point : line.curve) {
      points.push_back({point.x, Json::parse(fmt::format("{:.5g}", point.y))});
    }
    json["lines"].push_back(
        {{"name", line.name}, {"colour", line.colour}, {"points", std::move(points)}});
  }
  return escaped(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string legend(const std::vector<Drawn>& lines) {
  std::string html = "<span class=\"legend\">";
  for (const Drawn& line : lines) {
    if (line.curve.empty()) continue;
    html += fmt::format("<span class=\"key c{}\">{}<b>{}</b></span>", line.colour,
                        escaped(line.name.empty() ? "" : line.name + " "), number(line.last));
  }
  return html + "</span>";
}

std::string note(const std::vector<Drawn>& lines) {
  std::string text;
  for (const Drawn& line : lines) {
    if (line.left_out == 0) continue;
    text += fmt::format("{}{}{} value{} not finite", text.empty() ? "" : ", ",
                        line.name.empty() ? "" : line.name + ": ",
                        grouped(static_cast<std::int64_t>(line.left_out)),
                        line.left_out == 1 ? "" : "s");
  }
  return text.empty() ? "" : warning(text);
}

/// The drawing and the ticks around it; empty if there is nothing to draw.
std::string plot(const LineChart& chart, const std::vector<Drawn>& lines) {
  const auto is_empty = [](const Drawn& line) { return line.curve.empty(); };
  if (std::ranges::all_of(lines, is_empty)) return "";
  const Axis x = step_axis(chart);
  const Axis y = value_axis(chart);
  std::string svg;
  std::string labels;
  for (const Tick& tick : y.ticks(5)) {
    const double at = 100 * y.place(tick.value);
    svg += fmt::format("<path class=\"grid\" d=\"M0 {:.1f}H1000\"/>", 1000 - 10 * at);
    labels += fmt::format("<span class=\"y\" style=\"bottom:{:.2f}%\">{}</span>", at, tick.text);
  }
  for (const Tick& tick : x.ticks(5)) {
    labels += fmt::format("<span class=\"x\" style=\"left:{:.2f}%\">{}</span>",
                          100 * x.place(tick.value), tick.text);
  }
  for (const Drawn& line : lines) svg += is_empty(line) ? "" : draw_line(line, {x, y});
  return fmt::format(
      "<div class=\"plot\" data-chart=\"{}\">\n<svg viewBox=\"0 0 1000 1000\" "
      "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n{}\n</div>\n",
      data(lines, x, y), escaped(chart.title), svg, labels);
}

}  // namespace

Axis value_axis(const LineChart& chart) {
  std::vector<double> values;
  for (const Line& line : chart.lines) {
    for (const Point& point : line.points) values.push_back(point.y);
  }
  if (values.empty()) throw InvalidArgument("chart: '{}' has no point", chart.title);
  std::ranges::sort(values);
  const double low = values.front();
  const double high = values.back();
  const double median = values[values.size() / 2];
  const bool is_squashed = low > 0 && high > 4 * low && median - low < (high - low) / 10;
  const auto scale = is_squashed ? Axis::Scale::logarithmic : Axis::Scale::linear;
  return Axis(low, high, scale).padded(0.05);
}

std::string to_html(const LineChart& chart) {
  std::vector<Drawn> lines;
  for (const Line& line : chart.lines) lines.push_back(draw(line));
  return fmt::format(
      "<figure class=\"chart\">\n<figcaption><span class=\"name\">{}</span>{}</figcaption>\n{}{}"
      "</figure>\n",
      escaped(chart.title), legend(lines), plot(chart, lines), note(lines));
}

}  // namespace linseed::page
