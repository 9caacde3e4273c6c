#include <string_view>

#include <fmt/format.h>

#include <linseed/framework/report/batch_norm_charts_internal.h>
#include <linseed/framework/report/elements_internal.h>
#include <linseed/framework/report/histogram_chart_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
std::string batch_norm_charts(const std::vector<BatchNormLayer>& layers) {
  std::string html = "<div class=\"norms\">\n";
  for (const BatchNormLayer& layer : layers) {
    html += fmt::format("<div class=\"card norm\"><h3>{} <small>{} channels</small></h3><div>\n",
                        escaped(layer.module_path), grouped(layer.mean.size()));
    const std::pair<std::string_view, const Tensor*> tensors[] = {{"mean", &layer.mean},
                                                                  {"variance", &layer.var},
                                                                  {"scale", &layer.scale},
                                                                  {"bias", &layer.bias}};
    for (const auto& [title, tensor] : tensors) {
      if (tensor->defined()) html += histogram_chart(title, as_doubles(*tensor));
    }
    html += "</div></div>\n";
  }
  return html + "</div>\n";
}

}  // namespace linseed::page
