#include "support/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

namespace example {
namespace {

constexpr double kWidth = 440, kHeight = 280;  // of the picture, and its margins
constexpr double kLeft = 56, kRight = 14, kTop = 62, kBottom = 40;
// Okabe and Ito's, which colour-blind people tell apart.
constexpr std::array<std::string_view, 5> kColours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#e69f00"};

/// From values to [0, 1].
class Scale {
 public:
  Scale(double low, double high, bool logarithmic) : logarithmic_(logarithmic) {
    low_ = at(low);
    high_ = at(high);
    if (!std::isfinite(low_) || !std::isfinite(high_)) {
      throw linseed::InvalidArgument("chart: {} and {} have no place on {} scale", low, high,
                                     logarithmic ? "a logarithmic" : "a linear");
    }
    if (low_ == high_) high_ += 1;
  }

  double place(double value) const { return (at(value) - low_) / (high_ - low_); }

  /// Round values, a few of them.
  std::vector<double> ticks() const {
    const double range = high_ - low_;
    double step = std::pow(10, std::floor(std::log10(range / 3)));
    while (range / step > 6) step *= range / step > 12 ? 5 : 2;
    if (logarithmic_) step = std::max(1., std::round(step));
    std::vector<double> result;
    for (double i = std::ceil(low_ / step - 1e-9) + 0.; i * step <= high_ + 1e-9 * range; ++i) {
      result.push_back(logarithmic_ ? std::pow(10, i * step) : i * step);
    }
    return result;
  }

 private:
  double at(double value) const { return logarithmic_ ? std::log10(value) : value; }

  bool logarithmic_;
  double low_;
  double high_;
};

/// The chart with its places, if it can be drawn.
Chart checked(Chart chart) {
  if (chart.series.empty() || chart.series.front().values.empty()) {
    throw linseed::InvalidArgument("chart '{}': nothing to draw", chart.title);
  }
  if (chart.x.empty()) {
    chart.x.resize(chart.series.front().values.size());
    std::iota(chart.x.begin(), chart.x.end(), 1.);
  }
  const auto fits = [&](const std::vector<double>& values) {
    return values.size() == chart.x.size() &&
           std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  };
  for (const Series& series : chart.series) {
    if (!fits(series.values) || (!series.upper.empty() && !fits(series.upper))) {
      throw linseed::InvalidArgument("chart '{}': '{}' has not {} finite values", chart.title,
                                     series.name, chart.x.size());
    }
  }
  return chart;
}

Scale x_scale(const Chart& chart) { return {chart.x.front(), chart.x.back(), chart.x_logarithmic}; }

Scale y_scale(const Chart& chart) {
  std::vector<double> all;
  for (const Series& series : chart.series) {
    all.insert(all.end(), series.values.begin(), series.values.end());
    all.insert(all.end(), series.upper.begin(), series.upper.end());
  }
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  return {chart.logarithmic ? *low : std::min(*low, 0.), *high, chart.logarithmic};
}

/// Where things lie in the picture.
struct Frame {
  Scale x, y;

  double across(double value) const { return kLeft + x.place(value) * (kWidth - kLeft - kRight); }
  double down(double value) const {
    return kHeight - kBottom - y.place(value) * (kHeight - kTop - kBottom);
  }
};

std::string points(const Frame& frame, const std::vector<double>& x, const std::vector<double>& y) {
  std::string text;
  for (std::size_t i = 0; i < x.size(); ++i) {
    text += fmt::format("{:.1f},{:.1f} ", frame.across(x[i]), frame.down(y[i]));
  }
  return text;
}

std::string drawn(const Frame& frame, const std::vector<double>& x, const Series& series,
                  std::string_view colour) {
  if (series.upper.empty()) {
    return fmt::format(R"(<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>)",
                       points(frame, x, series.values), colour);
  }
  std::vector<double> back_x(x.rbegin(), x.rend());
  std::vector<double> back_y(series.upper.rbegin(), series.upper.rend());
  return fmt::format(R"(<polygon points="{}{}" fill="{}" fill-opacity="0.45"/>)",
                     points(frame, x, series.values), points(frame, back_x, back_y), colour);
}

std::string label(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor,
                     text);
}

std::string line(double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<path d="M{:.1f} {:.1f}L{:.1f} {:.1f}" stroke="#ccc"/>)", x1, y1, x2, y2);
}

std::string axes(const Chart& chart, const Frame& frame) {
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  std::string text;
  for (const double tick : frame.y.ticks()) {
    const double y = frame.down(tick);
    text += line(kLeft, y, right, y) + label(kLeft - 6, y + 4, "end", fmt::format("{:.3g}", tick));
  }
  // Where places are few and doubled, each is a tick.
  for (const double tick : chart.x_logarithmic ? chart.x : frame.x.ticks()) {
    const double x = frame.across(tick);
    text += line(x, bottom, x, bottom + 5) +
            label(x, bottom + 18, "middle", fmt::format("{:.3g}", tick));
  }
  return text + label((kLeft + right) / 2, kHeight - 6, "middle", chart.x_name);
}

}  // namespace

std::string to_svg(const Chart& given) {
  const Chart chart = checked(given);
  const Frame frame{x_scale(chart), y_scale(chart)};
  std::string text = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n"
      "<text x=\"{2}\" y=\"16\" font-weight=\"bold\">{3}</text>\n{4}\n",
      kWidth, kHeight, kLeft, chart.title, axes(chart, frame));
  double name_x = kLeft;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string_view colour = kColours[i % kColours.size()];
    const Series& series = chart.series[i];
    text += drawn(frame, chart.x, series, colour) +
            fmt::format("<text x=\"{}\" y=\"{}\" fill=\"{}\">{}</text>\n", name_x,
                        36 + 16 * (i / 2), colour, series.name);
    name_x = i % 2 == 0 ? kLeft + (kWidth - kLeft) / 2 : kLeft;
  }
  return text + "</svg>\n";
}

std::string to_text(const Chart& given) {
  const Chart chart = checked(given);
  constexpr double kLongest = 20;
  const Scale scale = y_scale(chart);
  const std::size_t every = (chart.x.size() + 9) / 10;
  const auto trimmed = [](const std::string& line) {
    return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  };
  std::string names = fmt::format("{:>12}", chart.x_name);
  for (const Series& series : chart.series) names += fmt::format("  {:<32}", series.name);
  std::string text = trimmed(names);
  for (std::size_t i = every - 1; i < chart.x.size(); i += every) {
    std::string line = fmt::format("{:>12.3g}", chart.x[i]);
    for (const Series& series : chart.series) {
      const double top = series.upper.empty() ? series.values[i] : series.upper[i];
      std::string cell(static_cast<std::size_t>(scale.place(top) * kLongest + 0.5), '#');
      if (!series.upper.empty()) cell += fmt::format(" {:.3g} to", series.values[i]);
      line += fmt::format("  {:<32}", fmt::format("{} {:.3g}", cell, top));
    }
    text += trimmed(line);
  }
  return text;
}

}  // namespace example
