#include <linseed/framework/report/layer_table_internal.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <linseed/framework/graph/cost.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/plan/table_internal.h>
#include <linseed/framework/report/html_internal.h>
#include <linseed/framework/report/model_tensors_internal.h>

namespace linseed::page {
namespace {

/// Layers by path, in the order in which they came up.
class Layers {
 public:
  Layer& at(const std::string& label_path) {
    const std::string path = label_path.empty() ? "/" : label_path;
    const auto [place, is_new] = index_.try_emplace(path, layers_.size());
    if (is_new) layers_.push_back({.path = path, .output = {}});
    return layers_[place->second];
  }

  /// The model itself last: it runs before, between and behind its layers.
  std::vector<Layer> result() && {
    std::stable_partition(layers_.begin(), layers_.end(),
                          [](const Layer& layer) { return layer.path != "/"; });
    return std::move(layers_);
  }

 private:
  std::vector<Layer> layers_;
  std::map<std::string, std::size_t> index_;
};

/// The shape that one image has in a batch of so many.
Shape of_one(const Shape& shape, std::int64_t batch) {
  const bool has_batch = shape.ndim() > 0 && shape[0] == batch;
  return Shape(std::vector<std::int64_t>(shape.begin() + (has_batch ? 1 : 0), shape.end()));
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += (text.empty() ? "" : "\u2009×\u2009") + std::to_string(size);
  }
  return text;
}

std::string count_cell(double value) {
  return fmt::format("<td class=\"n\">{}</td>", value == 0 ? "" : human(value));
}

std::string bar_cell(double share) {
  return fmt::format(
      "<td class=\"bar\"><span class=\"track\"><span style=\"width:{:.1f}%\"></span></span>"
      "<span class=\"n\">{}</span></td>",
      100 * share, percent(share));
}

}  // namespace

std::vector<Layer> layers_of(const Exported& predict) {
  const Program& program = *predict.program;
  const Shape& images = predict.arguments.empty() ? Shape{} : predict.arguments[0].shape;
  const std::int64_t batch = images.ndim() > 0 ? std::max<std::int64_t>(1, images[0]) : 1;
  std::map<int, const Exported::Named*> unread;  // by value
  for (std::size_t i = 0; i < predict.state.size(); ++i) {
    unread[program.inputs[i]] = &predict.state[i];
  }
  Layers layers;
  for (const Program::Step& step : program.steps) {
    Layer& layer = layers.at(step.label->path);
    layer.multiply_adds += cost_of(program, step).flops / 2 / static_cast<double>(batch);
    layer.output = of_one(program.spec(step.outputs.front()).shape, batch);
    for (const int value : step.inputs) {
      const auto tensor = unread.find(value);
      if (tensor == unread.end()) continue;
      const bool is_state = model_tensor_at(tensor->second->name).is_state;
      (is_state ? layer.state : layer.params) += tensor->second->spec.shape.size();
      unread.erase(tensor);
    }
  }
  return std::move(layers).result();
}

std::string layer_table(const std::vector<Layer>& layers) {
  Layer total{.path = "total", .output = {}};
  for (const Layer& layer : layers) {
    total.params += layer.params;
    total.state += layer.state;
    total.multiply_adds += layer.multiply_adds;
  }
  std::string html =
      "<div class=\"scroll\"><table class=\"layers\">\n<thead><tr><th>Layer</th><th>Output</th>"
      "<th class=\"n\">Parameters</th><th class=\"n\">State</th>"
      "<th class=\"n\">Multiply-adds</th><th>Share</th></tr></thead>\n<tbody>\n";
  for (const Layer& layer : layers) {
    const bool is_model = layer.path == "/";
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td>{}{}</tr>\n",
        is_model ? "outside of layers" : escaped(layer.path),
        is_model ? "" : shape_text(layer.output), layer.params == 0 ? "" : grouped(layer.params),
        layer.state == 0 ? "" : grouped(layer.state), count_cell(layer.multiply_adds),
        bar_cell(total.multiply_adds > 0 ? layer.multiply_adds / total.multiply_adds : 0));
  }
  return html +
         fmt::format(
             "</tbody>\n<tfoot><tr><th scope=\"row\">Total</th><td></td><td class=\"n\">{}</td>"
             "<td class=\"n\">{}</td>{}<td></td></tr></tfoot>\n</table></div>\n",
             grouped(total.params), grouped(total.state), count_cell(total.multiply_adds));
}

}  // namespace linseed::page
