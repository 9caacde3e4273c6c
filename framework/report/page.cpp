#include <linseed/framework/report/page.h>

#include <algorithm>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/open_images.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/framework/report/batch_norm_charts_internal.h>
#include <linseed/framework/report/confusion_internal.h>
#include <linseed/framework/report/curves_internal.h>
#include <linseed/framework/report/facts_internal.h>
#include <linseed/framework/report/health.h>
#include <linseed/framework/report/html_internal.h>
#include <linseed/framework/report/layer_table_internal.h>
#include <linseed/framework/report/model_tensors_internal.h>
#include <linseed/framework/report/page_style_internal.h>
#include <linseed/framework/report/picture_internal.h>

namespace linseed {
namespace {

using namespace page;  // NOLINT: the parts of this page

constexpr std::size_t kMostCharts = 60;

struct Section {
  std::string id;
  std::string title;
  std::string body;  // empty: it is left out
};

/// How to get what is not there; `text` is HTML.
std::string hint(std::string_view text) { return fmt::format("<p>{}</p>\n", text); }

std::string card(std::string_view content) {
  return fmt::format("<div class=\"card\">{}</div>\n", content);
}

std::string curves_body(const Run& run, const std::vector<LineChart>& charts) {
  if (!run.metrics) {
    return hint(
        "Write a <code>MetricsLog</code> to <code>metrics.jsonl</code> in this directory to "
        "see curves.");
  }
  std::string html;
  std::size_t shown = 0;
  for (const LineChart& chart : charts) {
    if (chart.title == "epoch") continue;  // a straight line
    if (shown++ < kMostCharts) html += to_html(chart);
  }
  if (html.empty()) return hint("The log has no values yet.");
  html = hint(
             "Over training steps. Noisy values are faint behind their mean; each curve is named "
             "with where it ends.") +
         "<div class=\"charts\">\n" + html + "</div>\n";
  if (shown > kMostCharts) html += hint(fmt::format("{} more are left out.", shown - kMostCharts));
  return html;
}

std::string layers_body(const Run& run, const std::vector<Layer>& layers) {
  if (!run.checkpoint) {
    return hint("Save a checkpoint in this directory to see layers, filters and statistics.");
  }
  if (run.predict() == nullptr) {
    return hint(
        "Save the checkpoint with an exported function <code>predict</code> "
        "(<code>SaveOptions::functions</code>) to see its layers.");
  }
  return hint("Numbers are those of one image. A multiply-add is two operations.") +
         card(layer_table(layers));
}

/// The first kernel of a convolution, as long as it is one of images.
std::string filters_body(const std::vector<ModelTensor>& tensors) {
  const auto is_kernel = [](const ModelTensor& own) {
    return !own.is_state && own.tensor.ndim() == 4;
  };
  const auto kernel = std::ranges::find_if(tensors, is_kernel);
  if (kernel == tensors.end() || !is_first_kernel(kernel->tensor.spec())) return "";
  return hint(fmt::format("<code>{}/{}</code> {}. The least weight of each filter is black, the "
                          "greatest white.",
                          escaped(kernel->module == "/" ? "" : kernel->module),
                          escaped(kernel->name), kernel->tensor.shape())) +
         card(filters(kernel->tensor));
}

std::string batch_norm_body(const std::vector<BatchNormLayer>& layers) {
  if (layers.empty()) return "";
  return hint(
             "Running mean and variance, scale and bias of each layer, channel by channel. A "
             "dashed line is at 0.") +
         batch_norm_charts(layers);
}

std::string findings_body(const std::vector<Finding>& findings) {
  if (findings.empty()) return "";
  std::string html = "<ul class=\"findings\">\n";
  for (const Finding& finding : findings) {
    html += fmt::format("<li><b>{}</b>: {}<span>Cause: {}.</span><span>Remedy: {}.</span></li>\n",
                        escaped(finding.path), escaped(finding.what), escaped(finding.cause),
                        escaped(finding.remedy));
  }
  return card(html + "</ul>");
}

/// The images that `options` name, brought to `shape` where they can be.
data::Dataset images_of(const ReportOptions& options, const data::ImageShape& shape,
                        const std::vector<std::string>& classes) {
  if (options.images.size > 0) return options.images;
  return data::open_images(options.data, {.split = data::Split::test,
                                          .height = shape.height,
                                          .width = shape.width,
                                          .channels = shape.channels,
                                          .classes = classes});
}

/// What a network says about labelled images.
struct Evaluation {
  data::Dataset images;
  Confusion confusion;
  bool is_of_all = false;  // also of images that the network has learnt from
};

std::optional<Evaluation> evaluation_of(const Run& run, const Json& settings,
                                        const ReportOptions& options) {
  if (options.data.empty() && options.images.size == 0) return {};
  if (!run.checkpoint) {
    throw InvalidArgument("report: '{}' has no checkpoint that could judge images", run.name);
  }
  const ImageFunction predict(*run.checkpoint, "predict");
  std::vector<std::string> classes = class_names(settings);
  data::Dataset images = images_of(options, predict.shape(), classes);
  if (classes.empty()) classes = images.classes;
  const auto worst = static_cast<std::size_t>(std::max(0, options.worst_images));
  auto confusion = confusion_of(predict, images, std::move(classes), worst);
  const bool is_of_all = options.images.size == 0 && !data::has_parts(options.data);
  return Evaluation{std::move(images), std::move(confusion), is_of_all};
}

std::string confusion_body(const Run& run, const std::optional<Evaluation>& evaluation) {
  if (evaluation) {
    return (evaluation->is_of_all ? warning("The images have no test part: all of them are judged, "
                                            "also those that the network has learnt from.")
                                  : "") +
           confusion_html(evaluation->confusion);
  }
  if (run.predict() == nullptr) return "";
  return hint(
      "Name labelled images, <code>linseed report RUN --data PATH</code>, to see which "
      "classes are confused, and which images are judged worst.");
}

std::string worst_body(const std::optional<Evaluation>& evaluation) {
  if (!evaluation || evaluation->confusion.worst.empty()) return "";
  return hint(
             "The images with the highest loss: what they are, what they are taken for, and how "
             "certainly.") +
         worst_html(evaluation->confusion, evaluation->images);
}

std::string troubles_html(const Run& run) {
  std::string html;
  for (const std::string& trouble : run.troubles) {
    html += warning(trouble);
  }
  return html;
}

/// What the run is, in a line under its name.
std::string about(const Run& run) {
  std::vector<std::string> parts;
  if (run.metrics && !run.metrics->runs.empty()) {
    parts.push_back(date(run.metrics->runs.front().time));
    parts.push_back(run.metrics->runs.back().cpu);
  }
  if (run.checkpoint) parts.push_back("checkpoint of step " + grouped(run.checkpoint->step));
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : " · ") + escaped(part);
  }
  return text.empty() ? "" : "<p class=\"about\">" + text + "</p>\n";
}

std::string nav(const std::vector<Section>& sections) {
  std::string html = "<nav>";
  for (const Section& section : sections) {
    html += fmt::format("<a href=\"#{}\">{}</a>", section.id, section.title);
  }
  return html + "</nav>\n";
}

/// Of the linseed that made the run.
std::string version_of(const Run& run) {
  if (run.checkpoint) return run.checkpoint->library_version;
  return run.metrics && !run.metrics->runs.empty() ? run.metrics->runs.back().version : "";
}

std::string page_html(const Run& run, const std::vector<Fact>& facts,
                      const std::vector<Section>& sections) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
      "<title>{0} – linseed</title>\n<style>{1}</style>\n</head>\n<body>\n<header>\n<h1>{0}</h1>\n"
      "{2}{3}{4}{5}</header>\n<main>\n",
      escaped(run.name), style(), about(run), troubles_html(run), facts_html(facts), nav(sections));
  for (const Section& section : sections) {
    html += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id,
                        section.title, section.body);
  }
  return html + fmt::format(
                    "</main>\n<footer>linseed {}</footer>\n<script>{}</script>\n</body>\n"
                    "</html>\n",
                    escaped(version_of(run)), script());
}

}  // namespace

std::string report_page(const std::filesystem::path& directory, const ReportOptions& options) {
  const Run run = read_run(directory, options.step, options.prefix);
  const Json settings = settings_of(run);
  const auto charts = run.metrics ? line_charts(*run.metrics) : std::vector<LineChart>{};
  const auto layers = run.predict() ? layers_of(*run.predict()) : std::vector<Layer>{};
  const auto tensors =
      run.checkpoint ? model_tensors(run.checkpoint->state) : std::vector<ModelTensor>{};
  const Health health =
      run.checkpoint ? check_health(run.checkpoint->state, run.checkpoint->step, options.health)
                     : Health{};
  const auto evaluation = evaluation_of(run, settings, options);

  std::vector<Fact> facts = facts_of(run, charts, settings);
  if (evaluation) {
    const Confusion& confusion = evaluation->confusion;
    facts.insert(facts.begin(),
                 {"Accuracy", percent(confusion.accuracy(), 2),
                  "of " + grouped(confusion.images() + confusion.not_finite) + " images"});
  }
  if (const std::int64_t params = count_params(tensors); params > 0) {
    facts.push_back({"Parameters", grouped(params), ""});
  }
  std::vector<Section> sections{
      {"curves", "Curves", curves_body(run, charts)},
      {"health", "Health", findings_body(health.findings)},
      {"layers", "Layers", layers_body(run, layers)},
      {"filters", "First-layer filters", filters_body(tensors)},
      {"batch-norm", "BatchNorm", batch_norm_body(health.layers)},
      {"confusion", "Confusion matrix", confusion_body(run, evaluation)},
      {"worst", "Worst images", worst_body(evaluation)},
      {"settings", "Settings and machine", settings_html(run, settings)},
  };
  std::erase_if(sections, [](const Section& section) { return section.body.empty(); });
  return page_html(run, facts, sections);
}

void write_report(const std::filesystem::path& run, const std::filesystem::path& file,
                  const ReportOptions& options) {
  const std::string page = report_page(run, options);
  io::FileSystem files;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(page));
  io::Directory(files, io::folder_of(file), true)
      .write(file.filename().string(), {&bytes, 1}, true);
}

}  // namespace linseed
