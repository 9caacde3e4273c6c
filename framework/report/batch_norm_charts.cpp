#include <map>
#include <string_view>

#include <fmt/format.h>

#include <linseed/framework/report/batch_norm_charts_internal.h>
#include <linseed/framework/report/histogram_chart_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

std::vector<double> doubles(const Tensor& tensor) {
  std::vector<double> values;
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (const T value : tensor.data<T>()) values.push_back(convert_element<double>(value));
  });
  return values;
}

}  // namespace

std::vector<NormTensors> norms_of(const std::vector<ModelTensor>& tensors) {
  std::vector<NormTensors> norms;
  std::map<std::string, std::size_t> index;  // of norms by module
  for (const ModelTensor& own : tensors) {
    if (!own.is_state || !is_floating(own.tensor.dtype())) continue;
    if (own.name != "mean" && own.name != "var") continue;
    const auto [place, is_new] = index.try_emplace(own.module, norms.size());
    if (is_new) norms.push_back({own.module, {}, {}, {}, {}});
    (own.name == "mean" ? norms[place->second].mean : norms[place->second].var) = own.tensor;
  }
  for (const ModelTensor& own : tensors) {
    const auto place = index.find(own.module);
    if (own.is_state || place == index.end()) continue;
    if (own.name == "scale") norms[place->second].scale = own.tensor;
    if (own.name == "bias") norms[place->second].bias = own.tensor;
  }
  std::erase_if(norms, [](const NormTensors& n) { return !n.mean.defined() || !n.var.defined(); });
  return norms;
}

std::string norm_charts(const std::vector<NormTensors>& norms) {
  std::string html = "<div class=\"norms\">\n";
  for (const NormTensors& norm : norms) {
    html += fmt::format("<div class=\"card norm\"><h3>{} <small>{} channels</small></h3><div>\n",
                        escaped(norm.module), grouped(norm.mean.size()));
    const std::pair<std::string_view, const Tensor*> tensors[] = {{"mean", &norm.mean},
                                                                  {"variance", &norm.var},
                                                                  {"scale", &norm.scale},
                                                                  {"bias", &norm.bias}};
    for (const auto& [title, tensor] : tensors) {
      if (tensor->defined()) html += histogram_chart(title, doubles(*tensor));
    }
    html += "</div></div>\n";
  }
  return html + "</div>\n";
}

}  // namespace linseed::page
