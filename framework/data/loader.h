// Batches of images, read and transformed ahead of the training that takes them.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <linseed/framework/data/batches.h>
#include <linseed/framework/data/dataset.h>
#include <linseed/framework/data/mixup.h>
#include <linseed/framework/data/sample_random.h>

namespace linseed::data {

/// Changes an image, perhaps at random: one of those in the neighbouring headers, such as
/// RandomFlip, or a lambda. Called by several threads at once.
using Transform = std::function<void(Image& image, SampleRandom& random)>;

struct LoaderOptions {
  std::vector<Transform> transforms = {};  // of each image, in this order
  std::optional<Mixup> mixup = {};         // of each batch, after that
  bool shuffle = true;                     // else the order of the set
  bool drop_last = true;                   // else an epoch ends with a smaller batch
  OnBroken on_broken = OnBroken::stop;
  int ahead = 4;            // batches prepared before they are asked for; 0: none, and no threads
  int threads = 0;          // that prepare them, of low priority; 0: all of oneTBB's but the caller
  std::int64_t epochs = 0;  // nothing is prepared of epoch number `epochs` or later; 0: no end
};

/// Batches of a set. The batch at a position depends on the set, the batch size, the transforms,
/// the key and the position only: not on the number of threads, and not on what was loaded before.
/// So a run that goes on from a stored (key, position) sees what it would have seen.
///
///     data::Loader loader(set, 128, key, {.transforms = {data::RandomFlip{}}});
///     data::Position position;  // or a restored one
///     while (position.epoch < epochs) {
///       for (const auto& batch : loader.rest_of_epoch(position)) {
///         …batch.images, batch.labels…
///         position = loader.next(position);
///       }
///     }
///
/// While one batch is worked with, the next ones are prepared by threads of oneTBB: at most
/// `ahead`, so a slow training does not fill the memory. A batch that no thread has begun when it
/// is asked for is prepared by the caller. One thread at a time may use a loader.
///
/// Where a broken image is skipped, the next sound one of its batch stands in for it, so that one
/// is seen twice, transformed in two ways: batches keep their size. Without `drop_last`, as where a
/// set is judged, nothing is seen twice: the batch is smaller by the broken image, or even empty.
///
/// The random numbers of a transform are of Threefry(epoch, index) under fold_name(key, "image"),
/// those of mixup of Threefry(epoch, step) under fold_name(key, "batch").
class Loader final {
 public:
  class Rest;

  /// InvalidArgument if the set is empty, `batch_size` not in [1, size] (or less than 1 without
  /// `drop_last`), an option out of range, or `mixup` used for a set without classes.
  Loader(Dataset dataset, std::int64_t batch_size, const Tensor& key, LoaderOptions options = {});
  /// Waits for the images that are being read.
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  std::int64_t batch_size() const;
  std::int64_t steps_per_epoch() const;
  /// The position after the batch at `position`: the next step, or the next epoch.
  Position next(const Position& position) const;

  /// The batch at `position`; those that follow it are prepared from now on.
  ///   images [n, height, width, channels] float32
  ///   labels [n] int32, or with mixup [n, classes] float32
  /// n is the batch size; without `drop_last`, it may be less (see above). InvalidArgument if an
  /// epoch has no such step, or transforms make images of different sizes. DataCorruption or
  /// IoError, with the index of the image, if one is broken and not to be skipped, or, with
  /// `drop_last`, if all of a batch are. After an error, the next batch can still be asked for.
  LabelledImages batch(const Position& position);

  /// The batches of an epoch from `position` on. InvalidArgument if an epoch has no such step.
  Rest rest_of_epoch(const Position& position);

  /// What was skipped so far: the indices of broken images, ascending, and what is wrong with each.
  std::vector<std::pair<std::int64_t, std::string>> broken() const;

 private:
  class Preparation;
  std::unique_ptr<Preparation> preparation_;
};

/// The range of batches from a position to the end of its epoch.
class Loader::Rest {
 public:
  Rest(Loader& loader, const Position& position) : loader_(&loader), position_(position) {}

  /// Number of batches.
  std::int64_t size() const { return loader_->steps_per_epoch() - position_.step; }
  StepIterator<Rest> begin() const { return {*this, position_.step}; }
  StepIterator<Rest> end() const { return {*this, loader_->steps_per_epoch()}; }
  /// The batch of one step of the epoch.
  LabelledImages batch(std::int64_t step) const { return loader_->batch({position_.epoch, step}); }

 private:
  Loader* loader_;
  Position position_;
};

inline Loader::Rest Loader::rest_of_epoch(const Position& position) {
  batching::check_position(position, steps_per_epoch(), batch_size());
  return {*this, position};
}

}  // namespace linseed::data
