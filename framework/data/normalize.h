// Channels of mean 0 and standard deviation 1.
#pragma once

#include <linseed/framework/data/dataset.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// What the channels of a set's images are like. A tree, to be saved beside the model that was
/// trained with them: whoever uses the model needs them again.
struct ChannelStatistics {
  Tensor mean;       // [channels] float32
  Tensor deviation;  // [channels] float32: the root of the mean squared distance from the mean
  static constexpr auto tree = fields<&ChannelStatistics::mean, &ChannelStatistics::deviation>;
};

/// The statistics of all pixels of `dataset`, read once by all threads. Each image is reduced by
/// itself, in two passes and float64, and merged with those before by the formula of Chan, Golub
/// and LeVeque (1979): no large numbers are subtracted, and the result is the same for any number
/// of threads. What happens at a broken image is as in a Loader; DataCorruption if all are broken,
/// InvalidArgument for an empty set.
ChannelStatistics channel_statistics(const Dataset& dataset, OnBroken on_broken = OnBroken::stop);

/// `images` [..., channels] as Normalize leaves them, as a graph: for functions that checkpoints
/// keep (export_function), which are given images with values in [0, 1].
Tensor normalized(const Tensor& images, const ChannelStatistics& statistics);

/// (x − mean) / deviation, channel by channel; where the deviation is 0, x − mean. The same for
/// every image, so also for those to be judged.
class Normalize final {
 public:
  /// InvalidArgument unless both are float32 [channels], the deviation finite and not negative.
  explicit Normalize(const ChannelStatistics& statistics);

  /// InvalidArgument if the image has another number of channels.
  void operator()(Image& image, SampleRandom& random) const;

 private:
  std::vector<float> mean_;
  std::vector<float> deviation_;
};

}  // namespace linseed::data
