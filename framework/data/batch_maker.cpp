#include <linseed/framework/data/batch_maker_internal.h>

#include <algorithm>
#include <cstring>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/random.h>

namespace linseed::data {
namespace {

void check_options(const Dataset& dataset, std::int64_t batch_size, const LoaderOptions& options) {
  check_dataset(dataset, "loader");
  if (options.drop_last) {
    batching::check_full_batch(batch_size, dataset.size);
  } else {
    batching::check_batch_size(batch_size);
  }
  if (options.ahead < 0 || options.threads < 0 || options.epochs < 0) {
    throw InvalidArgument(
        "loader: {} batches ahead by {} threads for {} epochs; none can be negative", options.ahead,
        options.threads, options.epochs);
  }
  if (options.mixup && dataset.classes.empty()) {
    throw InvalidArgument(
        "loader: mixup makes labels distributions over the classes of the set, "
        "but `classes` is empty");
  }
}

/// The images of a batch, one after the other, all of the size of the first.
class Rows {
 public:
  /// At most `most` images; if there are none, as if they were of that shape.
  Rows(std::size_t most, const ImageShape& shape) : most_(most), shape_(shape) {}

  void add(const Image& image, std::int32_t label, std::int64_t index) {
    if (labels_.empty()) start(image.shape);
    if (image.shape != shape_) {
      throw InvalidArgument(
          "loader: the transforms make image {} {}, but the first of its batch {}; all of a batch "
          "must be of one size, which a last RandomCrop can give them",
          index, image.shape.dims(), shape_.dims());
    }
    if (static_cast<std::int64_t>(image.pixels.size()) != shape_.size()) {
      throw InvalidArgument(
          "loader: the transforms leave image {} with {} values, but say it is {}", index,
          image.pixels.size(), shape_.dims());
    }
    std::memcpy(row(labels_.size()), image.pixels.data(), row_bytes());
    labels_.push_back(label);
  }

  std::size_t size() const { return labels_.size(); }

  LabelledImages finish() {
    if (labels_.size() < most_) {  // some were skipped
      auto smaller = std::make_shared<Buffer>(labels_.size() * row_bytes());
      if (buffer_) std::memcpy(smaller->data(), buffer_->data(), smaller->bytes());
      buffer_ = std::move(smaller);
    }
    const auto rows = static_cast<std::int64_t>(labels_.size());
    const Shape shape{rows, shape_.height, shape_.width, shape_.channels};
    return {constant(std::move(buffer_), {shape, float32}), Tensor::from(labels_, {rows})};
  }

 private:
  void start(const ImageShape& shape) {
    shape_ = shape;
    buffer_ = std::make_shared<Buffer>(most_ * row_bytes());
  }
  std::size_t row_bytes() const { return static_cast<std::size_t>(shape_.size()) * sizeof(float); }
  std::byte* row(std::size_t i) {
    return static_cast<std::byte*>(buffer_->data()) + i * row_bytes();
  }

  std::size_t most_;
  ImageShape shape_;
  BufferPtr buffer_;
  std::vector<std::int32_t> labels_;
};

}  // namespace

BatchMaker::BatchMaker(Dataset dataset, std::int64_t batch_size, const Tensor& key,
                       LoaderOptions options)
    : dataset_(std::move(dataset)), batch_size_(batch_size), options_(std::move(options)) {
  check_options(dataset_, batch_size_, options_);
  image_key_ = key_words(random::fold_name(key, "image"));
  batch_key_ = key_words(random::fold_name(key, "batch"));
}

LabelledImages BatchMaker::make(const Position& position, std::span<const std::int32_t> images,
                                const std::atomic<bool>& cancelled) {
  Rows rows(images.size(), dataset_.shape);
  Image image;
  for (std::size_t place = 0; place < images.size(); ++place) {
    if (cancelled) return {};
    const auto label = read_at(images, place, image);
    if (!label) continue;
    transform(position.epoch, images[place], image);
    rows.add(image, *label, images[place]);
  }
  if (rows.size() == 0 && options_.drop_last) {
    const std::scoped_lock lock(mutex_);
    throw DataCorruption("loader: all {} images of step {} of epoch {} are broken; {}",
                         images.size(), position.step, position.epoch, broken_.at(images.front()));
  }
  LabelledImages batch = rows.finish();
  if (!options_.mixup) return batch;
  const KeyWords place{static_cast<std::uint32_t>(position.epoch),
                       static_cast<std::uint32_t>(position.step)};
  return (*options_.mixup)(batch, static_cast<std::int64_t>(dataset_.classes.size()),
                           SampleRandom(threefry(batch_key_, place)));
}

std::optional<std::int32_t> BatchMaker::read_at(std::span<const std::int32_t> images,
                                                std::size_t place, Image& image) {
  const std::size_t candidates = options_.drop_last ? images.size() : 1;
  for (std::size_t i = 0; i < candidates; ++i) {
    if (auto label = read(images[(place + i) % images.size()], image)) return label;
  }
  return std::nullopt;
}

std::optional<std::int32_t> BatchMaker::read(std::int64_t index, Image& image) {
  const auto broken_with = [&](const Error& error) {
    std::string text = fmt::format("image {} of the set is broken: {}", index, error.what());
    if (options_.on_broken == OnBroken::skip) {
      const std::scoped_lock lock(mutex_);
      broken_.emplace(index, text);
    }
    return text;
  };
  image.shape = dataset_.shape;
  image.pixels.resize(static_cast<std::size_t>(dataset_.shape.size()));
  try {
    return dataset_.read(index, image.pixels);
  } catch (const DataCorruption& error) {
    const std::string text = broken_with(error);
    if (options_.on_broken == OnBroken::stop) throw DataCorruption("loader: {}", text);
  } catch (const IoError& error) {
    const std::string text = broken_with(error);
    if (options_.on_broken == OnBroken::stop) throw IoError("loader: {}", text);
  }
  return std::nullopt;
}

void BatchMaker::transform(std::int64_t epoch, std::int64_t index, Image& image) const {
  const KeyWords place{static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(index)};
  SampleRandom random(threefry(image_key_, place));
  for (const Transform& change : options_.transforms) change(image, random);
}

std::vector<std::pair<std::int64_t, std::string>> BatchMaker::broken() const {
  const std::scoped_lock lock(mutex_);
  return {broken_.begin(), broken_.end()};
}

}  // namespace linseed::data
