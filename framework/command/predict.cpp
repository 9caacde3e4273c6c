// `linseed predict`: what a network in a checkpoint takes pictures for.
#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/data/image_file.h>
#include <linseed/framework/data/resize.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/report/image_function_internal.h>
#include <linseed/framework/report/settings_internal.h>

namespace linseed::command {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> images;
  std::string prefix = "checkpoint_";
  std::size_t top = 3;
  bool invert = false;
  bool json = false;
};

struct ClassProbability {
  std::string name;
  double probability = 0;
};

/// What became of an image file.
struct Prediction {
  std::string file;
  std::string error;                      // why there are no classes, or ""
  std::vector<ClassProbability> classes;  // the likeliest first
};

/// The pixels of a file as the network takes them.
std::vector<float> pixels_of(const std::string& file, const data::ImageShape& shape, bool invert) {
  data::Image image = data::read_image_file(file, shape.channels);
  image = data::resized(image, shape.height, shape.width);
  if (invert) {
    for (float& pixel : image.pixels) pixel = 1 - pixel;
  }
  return image.pixels;
}

/// The likeliest `top` classes, the likeliest first.
std::vector<ClassProbability> likeliest(const std::vector<double>& log_probabilities,
                                        const std::vector<std::string>& classes, std::size_t top) {
  std::vector<ClassProbability> all;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    all.push_back({classes[i], std::exp(log_probabilities[i])});
  }
  std::ranges::stable_sort(all, std::greater<>(), &ClassProbability::probability);
  all.resize(std::min(top, all.size()));
  return all;
}

/// Images of files, collected until a batch is full.
class Predictor {
 public:
  Predictor(const CheckpointFile& file, const Options& options)
      : predict_(file, "predict"), options_(options) {
    classes_ = class_names(parse_object(file.config));
    complete_class_names(classes_, static_cast<std::size_t>(predict_.class_count()));
  }

  std::vector<Prediction> run() {
    for (const std::string& image : options_.images) {
      predictions_.push_back({image, "", {}});
      try {
        const std::vector<float> pixels = pixels_of(image, predict_.shape(), options_.invert);
        pixels_.insert(pixels_.end(), pixels.begin(), pixels.end());
        waiting_.push_back(predictions_.size() - 1);
      } catch (const Error& error) {
        predictions_.back().error = error.what();
      }
      if (static_cast<std::int64_t>(waiting_.size()) == predict_.batch()) run_batch();
    }
    if (!waiting_.empty()) run_batch();
    return std::move(predictions_);
  }

 private:
  /// Of those that wait; the rest of the batch is black.
  void run_batch() {
    const data::ImageShape shape = predict_.shape();
    pixels_.resize(static_cast<std::size_t>(predict_.batch() * shape.size()));
    const Tensor images =
        Tensor::from(pixels_, {predict_.batch(), shape.height, shape.width, shape.channels});
    const Tensor logits = predict_(images).at(0);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      Prediction& own = predictions_[waiting_[i]];
      const std::size_t count = classes_.size();
      const auto log_probabilities = log_softmax(logits.data<float>().subspan(i * count, count));
      if (log_probabilities.empty()) {
        own.error = "the network's output is not finite";
      } else {
        own.classes = likeliest(log_probabilities, classes_, options_.top);
      }
    }
    pixels_.clear();
    waiting_.clear();
  }

  ImageFunction predict_;
  const Options& options_;
  std::vector<std::string> classes_;
  std::vector<Prediction> predictions_;
  std::vector<float> pixels_;
  std::vector<std::size_t> waiting_;
};

nlohmann::ordered_json json_of(const std::vector<Prediction>& predictions) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (const Prediction& own : predictions) {
    Json one{{"file", own.file}};
    if (!own.error.empty()) one["error"] = own.error;
    for (const auto& [name, probability] : own.classes) {
      one["classes"].push_back({{"name", name}, {"probability", probability}});
    }
    all.push_back(one);
  }
  return all;
}

/// Of those that have classes; empty if none has.
std::string text_of(const std::vector<Prediction>& predictions, const Paint& paint) {
  std::size_t top = 0;
  for (const Prediction& own : predictions) top = std::max(top, own.classes.size());
  if (top == 0) return "";
  std::vector<Table::Column> columns{{"image"}};
  for (std::size_t i = 0; i < top; ++i) {
    columns.push_back({"class"});
    columns.push_back({"%", true});
  }
  Table table(columns);
  for (const Prediction& own : predictions) {
    if (own.classes.empty()) continue;
    std::vector<std::string> row{shown(own.file)};
    for (const auto& [name, probability] : own.classes) {
      row.push_back(shown(name));
      row.push_back(fmt::format("{:.1f}", 100 * probability));
    }
    table.add(std::move(row));
  }
  return to_text(table, paint);
}

int predict(const Options& options) {
  const CheckpointFile file = read_checkpoint(options.file, options.prefix);
  const std::vector<Prediction> predictions = Predictor(file, options).run();
  if (options.json) {
    print_json(json_of(predictions));
  } else {
    fmt::print("{}", text_of(predictions, paint_for(stdout)));
  }
  std::fflush(stdout);
  bool has_refused = false;
  for (const Prediction& own : predictions) {
    if (own.error.empty()) continue;
    has_refused = true;
    fmt::print(stderr, "linseed: {}: {}\n", shown(own.file), shown(own.error));
  }
  return has_refused ? kNo : kYes;
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("predict", "What the network in a checkpoint takes pictures for.");
  command->add_option("FILE", options->file, "a checkpoint with \"predict\", or a run")->required();
  command->add_option("IMAGES", options->images, "PNG or JPEG files, of any size")->required();
  command->add_option("--top", options->top, "classes to show, the likeliest")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--invert", options->invert, "make black white: for dark on light");
  command->add_flag("--json", options->json, "print JSON, for scripts");
  add_prefix(*command, options->prefix);
  command->footer(
      "Needs the function \"predict\" in the file: SaveOptions::functions. Run functions of files "
      "that you\ntrust only.\n\n" +
      footer("linseed predict runs/mnist shoe.png\n"
             "linseed predict --json --top 1 runs/mnist *.png",
             "each image has its classes",
             "some were refused, or the network's output is not finite"));
  command->callback([options, &action] { action = [options] { return predict(*options); }; });
}

}  // namespace linseed::command
