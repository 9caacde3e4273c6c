#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

/// Fills `pixels` with images [first, first + size), as far as there are any, and returns their
/// labels. What is left at the end are images of the batch before, about which nobody asks.
std::vector<std::int32_t> read_batch(const data::Dataset& images, std::int64_t first,
                                     std::int64_t size, std::size_t classes,
                                     std::span<float> pixels) {
  const auto length = static_cast<std::size_t>(images.shape.size());
  std::vector<std::int32_t> labels;
  for (std::int64_t i = first; i < std::min(images.size, first + size); ++i) {
    labels.push_back(images.read(i, pixels.subspan(labels.size() * length, length)));
    if (labels.back() < 0 || static_cast<std::size_t>(labels.back()) >= classes) {
      throw InvalidArgument("report: image {} is of class {}; \"predict\" knows {} classes", i,
                            labels.back(), classes);
    }
  }
  return labels;
}

/// Of one image; `label` is one of the classes.
Judged judge(std::span<const float> logits, std::int64_t index, std::int32_t label) {
  const auto greatest = std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - *greatest);
  const double loss = std::log(sum) + *greatest - logits[static_cast<std::size_t>(label)];
  return {.index = index,
          .label = label,
          .prediction = static_cast<std::int32_t>(greatest - logits.begin()),
          .probability = 1 / sum,
          .label_probability = std::exp(-loss),
          .loss = std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss};
}

/// The highest losses; of equal ones the first images.
class Worst {
 public:
  explicit Worst(std::size_t most) : most_(most) {}

  void add(const Judged& judged) {
    const auto place =
        std::ranges::upper_bound(kept_, judged.loss, std::greater<>(), &Judged::loss);
    kept_.insert(place, judged);
    if (kept_.size() > most_) kept_.pop_back();
  }
  std::vector<Judged> result() && { return std::move(kept_); }

 private:
  std::size_t most_;
  std::vector<Judged> kept_;
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
  return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, images()));
}

Confusion confusion_of(const ImageFunction& predict, const data::Dataset& images,
                       std::vector<std::string> classes, std::size_t worst) {
  data::check_dataset(images, "report");
  const std::size_t count = classes_for(predict, images.shape);
  while (classes.size() < count) classes.push_back(std::to_string(classes.size()));
  classes.resize(count);
  Confusion confusion{std::move(classes), {}, {}, 0};
  confusion.counts.assign(count, std::vector<std::int64_t>(count, 0));
  Worst kept(worst);
  const auto [height, width, channels] = images.shape;
  const Shape shape{predict.batch(), height, width, channels};
  std::vector<float> batch(static_cast<std::size_t>(shape.size()));
  for (std::int64_t first = 0; first < images.size; first += shape[0]) {
    const std::vector<std::int32_t> labels = read_batch(images, first, shape[0], count, batch);
    const Tensor logits = predict(Tensor::from(batch, shape)).front();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto own = logits.data<float>().subspan(i * count, count);
      const Judged judged = judge(own, first + static_cast<std::int64_t>(i), labels[i]);
      ++confusion.counts[static_cast<std::size_t>(judged.label)]
                        [static_cast<std::size_t>(judged.prediction)];
      confusion.mean_loss += judged.loss / static_cast<double>(images.size);
      kept.add(judged);
    }
  }
  confusion.worst = std::move(kept).result();
  return confusion;
}

}  // namespace linseed::page
