#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/confusion_internal.h>

namespace linseed::page {
namespace {

constexpr std::int64_t kMostClasses = 1000;

/// How many classes `predict` tells apart, of images of that shape.
std::size_t classes_for(const ImageFunction& predict, const data::ImageShape& shape) {
  const data::ImageShape own = predict.shape();
  if (own != shape) {
    throw InvalidArgument("report: \"predict\" takes {}, but the images are {}×{}×{} float32",
                          Shape{predict.batch(), own.height, own.width, own.channels}, shape.height,
                          shape.width, shape.channels);
  }
  const std::int64_t count = predict.class_count();
  if (count <= kMostClasses) return static_cast<std::size_t>(count);
  throw InvalidArgument("report: \"predict\" knows {} classes; a page has room for {}", count,
                        kMostClasses);
}

/// Of one image, whose `label` is one of the classes; none if its logits say nothing.
std::optional<Prediction> prediction_of(std::span<const float> logits, std::int64_t index,
                                        std::int32_t label) {
  const std::vector<double> log_probabilities = log_softmax(logits);
  if (log_probabilities.empty()) return {};
  const auto greatest = std::ranges::max_element(log_probabilities);
  const double own = log_probabilities[static_cast<std::size_t>(label)];
  return Prediction{.index = index,
                    .label = label,
                    .predicted = static_cast<std::int32_t>(greatest - log_probabilities.begin()),
                    .probability = std::exp(*greatest),
                    .label_probability = std::exp(own),
                    .loss = -own};
}

/// Images for a function that takes a number of them. Places that are not filled hold what they
/// held before, about which nobody asks.
class Batch {
 public:
  explicit Batch(const ImageFunction& predict)
      : shape_{predict.batch(), predict.shape().height, predict.shape().width,
               predict.shape().channels},
        pixels_(static_cast<std::size_t>(shape_.size())) {}

  /// Image `index` of `dataset`. InvalidArgument unless its label is one of `classes`.
  void add(const data::Dataset& dataset, std::int64_t index, std::size_t classes) {
    const auto length = static_cast<std::size_t>(dataset.shape.size());
    const std::int32_t label =
        dataset.read(index, std::span(pixels_).subspan(labels.size() * length, length));
    if (label < 0 || static_cast<std::size_t>(label) >= classes) {
      throw InvalidArgument("report: image {} is of class {}; \"predict\" knows {} classes", index,
                            label, classes);
    }
    labels.push_back(label);
    indices.push_back(index);
  }
  bool is_full() const { return static_cast<std::int64_t>(labels.size()) == shape_[0]; }
  Tensor images() const { return Tensor::from(pixels_, shape_); }
  void clear() {
    labels.clear();
    indices.clear();
  }

  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> indices;

 private:
  Shape shape_;
  std::vector<float> pixels_;
};

/// The highest losses; of equal ones the first images.
class Worst {
 public:
  explicit Worst(std::size_t most) : most_(most) {}

  void add(const Prediction& prediction) {
    const auto place =
        std::ranges::upper_bound(kept_, prediction.loss, std::greater<>(), &Prediction::loss);
    kept_.insert(place, prediction);
    if (kept_.size() > most_) kept_.pop_back();
  }
  std::vector<Prediction> result() && { return std::move(kept_); }

 private:
  std::size_t most_;
  std::vector<Prediction> kept_;
};

}  // namespace

std::int64_t Confusion::images() const {
  std::int64_t all = 0;
  for (const auto& row : counts) all = std::accumulate(row.begin(), row.end(), all);
  return all;
}

double Confusion::accuracy() const {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) right += counts[i][i];
  const std::int64_t all = images() + not_finite;
  return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, all));
}

Confusion confusion_of(const ImageFunction& predict, const data::Dataset& images,
                       std::vector<std::string> classes, std::size_t worst) {
  data::check_dataset(images, "report");
  const std::size_t count = classes_for(predict, images.shape);
  complete_class_names(classes, count);
  Confusion confusion{.classes = std::move(classes)};
  confusion.counts.assign(count, std::vector<std::int64_t>(count, 0));
  Worst kept(worst);
  double loss = 0;
  Batch batch(predict);
  const auto evaluate = [&] {
    const Tensor logits = predict(batch.images()).front();
    for (std::size_t i = 0; i < batch.labels.size(); ++i) {
      const auto own = logits.data<float>().subspan(i * count, count);
      const auto prediction = prediction_of(own, batch.indices[i], batch.labels[i]);
      if (!prediction) {
        ++confusion.not_finite;
        continue;
      }
      ++confusion.counts[static_cast<std::size_t>(prediction->label)]
                        [static_cast<std::size_t>(prediction->predicted)];
      loss += prediction->loss;
      kept.add(*prediction);
    }
    batch.clear();
  };
  for (std::int64_t i = 0; i < images.size; ++i) {
    try {
      batch.add(images, i, count);
    } catch (const DataCorruption& error) {
      confusion.broken.emplace_back(error.what());
    } catch (const IoError& error) {
      confusion.broken.emplace_back(error.what());
    }
    if (batch.is_full()) evaluate();
  }
  if (!batch.labels.empty()) evaluate();
  const std::int64_t counted = confusion.images();
  if (counted + confusion.not_finite == 0) {
    throw DataCorruption("report: none of the {} images can be read; {}", images.size,
                         confusion.broken.front());
  }
  confusion.mean_loss = loss / static_cast<double>(counted);
  confusion.worst = std::move(kept).result();
  return confusion;
}

}  // namespace linseed::page
