// `linseed predict`: what a network in a checkpoint takes pictures for.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/data/image_file.h>
#include <linseed/framework/data/resize.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/plan/table_internal.h>
#include <linseed/framework/report/elements_internal.h>
#include <linseed/framework/report/image_function_internal.h>

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

/// A class and its probability.
using Guess = std::pair<std::string, double>;

/// What became of an image file.
struct Answer {
  std::string file;
  std::string error;           // why it was refused, or ""
  std::vector<Guess> guesses;  // the likeliest first
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

/// Softmax of one image's logits, the likeliest `top` classes first.
std::vector<Guess> guesses_of(std::vector<double> logits, const std::vector<std::string>& classes,
                              std::size_t top) {
  const double most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (double& logit : logits) sum += logit = std::exp(logit - most);
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  order.resize(std::min(top, order.size()));
  std::vector<Guess> guesses;
  for (const std::size_t i : order) guesses.emplace_back(classes[i], logits[i] / sum);
  return guesses;
}

/// Images of files, collected until a batch is full.
class Asker {
 public:
  Asker(const CheckpointFile& file, const Options& options)
      : predict_(file, "predict"), options_(options) {
    count_ = predict_.class_count();
    classes_ = class_names(nlohmann::ordered_json::parse(file.config, nullptr, false), count_);
  }

  std::vector<Answer> ask() {
    for (const std::string& image : options_.images) {
      answers_.push_back({image, "", {}});
      try {
        const std::vector<float> pixels = pixels_of(image, predict_.shape(), options_.invert);
        pixels_.insert(pixels_.end(), pixels.begin(), pixels.end());
        waiting_.push_back(answers_.size() - 1);
      } catch (const Error& error) {
        answers_.back().error = error.what();
      }
      if (static_cast<std::int64_t>(waiting_.size()) == predict_.batch()) answer();
    }
    if (!waiting_.empty()) answer();
    return std::move(answers_);
  }

 private:
  /// Answers those that wait; the rest of the batch is black.
  void answer() {
    const data::ImageShape shape = predict_.shape();
    pixels_.resize(static_cast<std::size_t>(predict_.batch() * shape.size()));
    const Tensor images =
        Tensor::from(pixels_, {predict_.batch(), shape.height, shape.width, shape.channels});
    const std::vector<double> logits = as_doubles(predict_(images).at(0));
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const auto first = logits.begin() + static_cast<std::ptrdiff_t>(i) * count_;
      answers_[waiting_[i]].guesses = guesses_of({first, first + count_}, classes_, options_.top);
    }
    pixels_.clear();
    waiting_.clear();
  }

  ImageFunction predict_;
  const Options& options_;
  std::int64_t count_ = 0;
  std::vector<std::string> classes_;
  std::vector<Answer> answers_;
  std::vector<float> pixels_;
  std::vector<std::size_t> waiting_;
};

void print_json(const std::vector<Answer>& answers) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (const Answer& answer : answers) {
    Json one{{"file", answer.file}};
    if (!answer.error.empty()) one["error"] = answer.error;
    for (const auto& [name, probability] : answer.guesses) {
      one["classes"].push_back({{"name", name}, {"probability", probability}});
    }
    all.push_back(one);
  }
  fmt::print("{}\n", all.dump(2));
}

void print_table(const std::vector<Answer>& answers, std::size_t top) {
  std::vector<Table::Column> columns{{"image"}};
  for (std::size_t i = 0; i < top; ++i) {
    columns.push_back({"class"});
    columns.push_back({"%", true});
  }
  Table table(columns);
  for (const Answer& answer : answers) {
    if (!answer.error.empty()) continue;
    std::vector<std::string> row{answer.file};
    for (const auto& [name, probability] : answer.guesses) {
      row.push_back(name);
      row.push_back(fmt::format("{:.1f}", 100 * probability));
    }
    table.add(std::move(row));
  }
  fmt::print("{}", table.text());
}

int predict(const Options& options) {
  const CheckpointFile file = read_checkpoint(options.file, options.prefix);
  const std::vector<Answer> answers = Asker(file, options).ask();
  const auto is_refused = [](const Answer& answer) { return !answer.error.empty(); };
  const bool has_refused = std::any_of(answers.begin(), answers.end(), is_refused);
  if (options.json) {
    print_json(answers);
  } else if (!std::all_of(answers.begin(), answers.end(), is_refused)) {
    std::size_t most = 0;
    for (const Answer& answer : answers) most = std::max(most, answer.guesses.size());
    print_table(answers, most);
  }
  std::fflush(stdout);
  for (const Answer& answer : answers) {
    if (is_refused(answer)) fmt::print(stderr, "linseed: {}: {}\n", answer.file, answer.error);
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
             "each image has an answer", "some images were refused"));
  command->callback([options, &action] { action = [options] { return predict(*options); }; });
}

}  // namespace linseed::command
