#include <linseed/framework/data/mixup.h>

#include <cmath>
#include <numbers>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>

namespace linseed::data {

double symmetric_beta(double alpha, SampleRandom& random) {
  const double u = 1 - double{random.uniform()};  // in (0, 1]
  const double cosine = std::cos(2 * std::numbers::pi * random.uniform());
  const double c = (std::pow(u, -1 / alpha) - 1) * cosine * cosine;  // 0 to infinity
  return 0.5 * (1 + std::copysign(1 / std::sqrt(1 + 1 / c), cosine));
}

namespace {

/// weight · x + (1 − weight) · the row that stands `distance` rows further.
Tensor mixed_images(const Tensor& images, float weight, std::int64_t distance) {
  const std::int64_t rows = images.dim(0);
  const std::int64_t row = images.size() / rows;
  auto buffer = std::make_shared<Buffer>(static_cast<std::size_t>(images.size()) * sizeof(float));
  const auto from = images.data<float>();
  auto* to = static_cast<float*>(buffer->data());
  for (std::int64_t i = 0; i < rows; ++i) {
    const float* one = from.data() + i * row;
    const float* other = from.data() + (i + distance) % rows * row;
    for (std::int64_t k = 0; k < row; ++k) *to++ = weight * one[k] + (1 - weight) * other[k];
  }
  return constant(std::move(buffer), images.spec());
}

Tensor mixed_labels(const Tensor& labels, std::int64_t classes, float weight,
                    std::int64_t distance) {
  const auto from = labels.data<std::int32_t>();
  const auto rows = static_cast<std::int64_t>(from.size());
  std::vector<float> result(static_cast<std::size_t>(rows * classes));
  const auto share = [&](std::int64_t row, std::int64_t source, float part) {
    const std::int32_t label = from[static_cast<std::size_t>(source)];
    if (label < 0 || label >= classes) {
      throw InvalidArgument("mixup: label {} of a set with {} classes", label, classes);
    }
    result[static_cast<std::size_t>(row * classes + label)] += part;
  };
  for (std::int64_t i = 0; i < rows; ++i) {
    share(i, i, weight);
    share(i, (i + distance) % rows, 1 - weight);
  }
  return Tensor::from(result, {rows, classes});
}

}  // namespace

LabelledImages Mixup::operator()(const LabelledImages& batch, std::int64_t classes,
                                 SampleRandom random) const {
  if (!(alpha > 0)) throw InvalidArgument("mixup: alpha must be positive, got {}", alpha);
  const std::int64_t rows = batch.labels.dim(0);
  const auto weight = static_cast<float>(symmetric_beta(double{alpha}, random));
  const std::int64_t distance = rows < 2 ? 0 : 1 + random.below(rows - 1);
  return {mixed_images(batch.images, weight, distance),
          mixed_labels(batch.labels, classes, weight, distance)};
}

}  // namespace linseed::data
