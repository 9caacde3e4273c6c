#include <linseed/framework/report/histogram_chart_internal.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <linseed/framework/report/histogram_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

/// Few for few values, or most bins would be empty.
int bins_for(std::size_t values) {
  return std::clamp(static_cast<int>(2 * std::cbrt(static_cast<double>(values)) + 1), 5, 24);
}

/// In coordinates of 1000 × 1000, y downwards.
std::string bars(const std::vector<Bin>& bins) {
  constexpr double kGap = 0.12;  // of the width of a bin
  double most = 0;
  for (const Bin& bin : bins) most = std::max(most, bin.count);
  const double width = 1000. / static_cast<double>(bins.size());
  std::string svg;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].count == 0) continue;
    const double height = std::max(12., 960 * bins[i].count / most);  // one among many is seen, too
    svg += fmt::format(
        "<path class=\"bar\" d=\"M{:.1f} 1000V{:.1f}h{:.1f}V1000z\"><title>{} from {} to {}</title>"
        "</path>",
        width * (static_cast<double>(i) + kGap / 2), 1000 - height, width * (1 - kGap),
        grouped(static_cast<std::int64_t>(bins[i].count)), number(bins[i].low),
        number(bins[i].high));
  }
  return svg;
}

}  // namespace

std::string histogram_chart(std::string_view title, std::span<const double> values) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite),
                       [](double x) { return std::isfinite(x); });
  const std::size_t left_out = values.size() - finite.size();
  std::string html =
      fmt::format("<figure class=\"histogram\"><figcaption>{}</figcaption>", escaped(title));
  if (!finite.empty()) {
    const auto [low, high] = std::ranges::minmax(finite);
    const std::vector<Bin> bins = histogram_of(finite, low == high ? 5 : bins_for(finite.size()));
    std::string svg = bars(bins);
    const double first = bins.front().low;
    const double last = bins.back().high;
    if (first < 0 && last > 0) {
      svg += fmt::format("<path class=\"zero\" d=\"M{:.1f} 0V1000\"/>",
                         1000 * (0 - first) / (last - first));
    }
    html += fmt::format(
        "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"{}\">{}</svg><div class=\"ends\">{}</div>",
        escaped(title), svg,
        low == high ? fmt::format("<span></span><span>all {}</span><span></span>", number(low))
                    : fmt::format("<span>{}</span><span>{}</span>", number(low), number(high)));
  }
  if (left_out > 0) {
    html += fmt::format("<p class=\"warn\">{} of {} not finite</p>", left_out, values.size());
  }
  return html + "</figure>\n";
}

}  // namespace linseed::page
