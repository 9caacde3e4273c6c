#include <linseed/framework/data/normalize.h>

#include <cmath>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>

namespace linseed::data {
namespace {

/// Mean, and sum of squared distances from it, of `count` values.
struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void merge(const Moments& other) {
    if (other.count == 0) return;  // of an image that was skipped
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

ChannelStatistics channel_statistics(const Dataset& dataset, OnBroken on_broken) {
  check_dataset(dataset, "channel_statistics");
  const auto channels = static_cast<std::size_t>(dataset.shape.channels);
  // A loader reads the images side by side, each once, which leave their moments here.
  std::vector<Moments> of_images(static_cast<std::size_t>(dataset.size) * channels);
  Dataset reduced = dataset;
  reduced.shape = {1, 1, 1};
  reduced.read = [&](std::int64_t index, std::span<float>) {
    std::vector<float> pixels(static_cast<std::size_t>(dataset.shape.size()));
    const std::int32_t label = dataset.read(index, pixels);
    Moments* const here = &of_images[static_cast<std::size_t>(index) * channels];
    for (std::size_t c = 0; c < channels; ++c) here[c] = moments_of_channel(pixels, c, channels);
    return label;
  };
  constexpr std::int64_t kTogether = 16;
  constexpr int kAhead = 64;  // work for as many threads as machines have
  Loader loader(
      reduced, kTogether, random::key(0),
      {.shuffle = false, .drop_last = false, .on_broken = on_broken, .ahead = kAhead, .epochs = 1});
  for (const auto& batch : loader.rest_of_epoch({})) static_cast<void>(batch);

  if (static_cast<std::int64_t>(loader.broken().size()) == dataset.size) {
    throw DataCorruption("channel_statistics: all {} images are broken; {}", dataset.size,
                         loader.broken().front().second);
  }
  std::vector<float> mean, deviation;
  for (std::size_t c = 0; c < channels; ++c) {
    Moments all;
    for (std::size_t i = c; i < of_images.size(); i += channels) all.merge(of_images[i]);
    mean.push_back(static_cast<float>(all.mean));
    deviation.push_back(static_cast<float>(std::sqrt(all.squares / all.count)));
  }
  return {Tensor::from(mean, {dataset.shape.channels}),
          Tensor::from(deviation, {dataset.shape.channels})};
}

Tensor normalized(const Tensor& images, const ChannelStatistics& statistics) {
  const Tensor& deviation = statistics.deviation;
  return (images - statistics.mean) / where(deviation > 0, deviation, 1);
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
