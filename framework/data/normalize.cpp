#include <linseed/framework/data/normalize.h>

#include <cmath>

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

/// Mean, and sum of squared distances from it, of `count` values.
struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void merge(const Moments& other) {
    const double total = count + other.count;
    const double apart = other.mean - mean;
    mean += apart * other.count / total;
    squares += other.squares + apart * apart * count * other.count / total;
    count = total;
  }
};

Moments moments_of_channel(const std::vector<float>& pixels, std::size_t channel,
                           std::size_t channels) {
  Moments result;
  for (std::size_t i = channel; i < pixels.size(); i += channels) result.mean += pixels[i];
  result.count = static_cast<double>(pixels.size() / channels);
  result.mean /= result.count;
  for (std::size_t i = channel; i < pixels.size(); i += channels) {
    result.squares += (pixels[i] - result.mean) * (pixels[i] - result.mean);
  }
  return result;
}

}  // namespace

ChannelStatistics channel_statistics(const Dataset& dataset) {
  check_dataset(dataset, "channel_statistics");
  const auto channels = static_cast<std::size_t>(dataset.shape.channels);
  std::vector<Moments> moments(channels);
  std::vector<float> pixels(static_cast<std::size_t>(dataset.shape.size()));
  for (std::int64_t index = 0; index < dataset.size; ++index) {
    dataset.read(index, pixels);
    for (std::size_t c = 0; c < channels; ++c) {
      moments[c].merge(moments_of_channel(pixels, c, channels));
    }
  }
  std::vector<float> mean, deviation;
  for (const Moments& of : moments) {
    mean.push_back(static_cast<float>(of.mean));
    deviation.push_back(static_cast<float>(std::sqrt(of.squares / of.count)));
  }
  return {Tensor::from(mean, {dataset.shape.channels}),
          Tensor::from(deviation, {dataset.shape.channels})};
}

Normalize::Normalize(const ChannelStatistics& statistics) {
  const auto& [mean, deviation] = statistics;
  if (mean.ndim() != 1 || mean.dtype() != float32 || mean.spec() != deviation.spec()) {
    throw InvalidArgument(
        "normalize: expected mean and deviation [channels] float32, got {} and {}", mean.spec(),
        deviation.spec());
  }
  const auto means = mean.data<float>();
  mean_.assign(means.begin(), means.end());
  for (const float value : deviation.data<float>()) {
    if (!(value >= 0) || std::isinf(value)) {
      throw InvalidArgument("normalize: a deviation of {}", value);
    }
    deviation_.push_back(value == 0 ? 1 : value);
  }
}

void Normalize::operator()(Image& image, SampleRandom&) const {
  const std::size_t channels = mean_.size();
  if (image.shape.channels != static_cast<std::int64_t>(channels)) {
    throw InvalidArgument("normalize: statistics of {} channels, but an image {}", channels,
                          image.shape.dims());
  }
  for (std::size_t i = 0; i < image.pixels.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      image.pixels[i + c] = (image.pixels[i + c] - mean_[c]) / deviation_[c];
    }
  }
}

}  // namespace linseed::data
