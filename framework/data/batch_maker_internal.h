// What one batch of a Loader is made of.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include <linseed/framework/data/loader.h>

namespace linseed::data {

/// Reads and transforms the images of a batch. A function of what it is given, but for the list of
/// broken images; called by several threads at once.
class BatchMaker final {
 public:
  BatchMaker(Dataset dataset, std::int64_t batch_size, const Tensor& key, LoaderOptions options);

  const Dataset& dataset() const { return dataset_; }
  const LoaderOptions& options() const { return options_; }
  std::int64_t batch_size() const { return batch_size_; }

  /// The batch of `images` that stands at `position`. Nothing useful once `cancelled` is set.
  LabelledImages make(const Position& position, std::span<const std::int32_t> images,
                      const std::atomic<bool>& cancelled);

  std::vector<std::pair<std::int64_t, std::string>> broken() const;

 private:
  /// Reads images[place] to `image`, and returns its label; with drop_last, the next sound one of
  /// the batch stands in for a broken one. Nothing if there is none.
  std::optional<std::int32_t> read_at(std::span<const std::int32_t> images, std::size_t place,
                                      Image& image);
  /// Nothing if the image is broken and to be skipped.
  std::optional<std::int32_t> read(std::int64_t index, Image& image);
  void transform(std::int64_t epoch, std::int64_t index, Image& image) const;

  Dataset dataset_;
  std::int64_t batch_size_;
  LoaderOptions options_;
  KeyWords image_key_;
  KeyWords batch_key_;
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::string> broken_;
};

}  // namespace linseed::data
