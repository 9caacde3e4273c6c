#include <linseed/framework/data/hdf5_images.h>

#include <algorithm>
#include <list>
#include <mutex>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/data/labels_internal.h>
#include <linseed/framework/data/pixels_internal.h>
#include <linseed/framework/io/hdf5_table_internal.h>

namespace linseed::data {
namespace {

constexpr std::int64_t kBlockBytes = 1 << 20;  // unless chunks are larger

/// The blocks of a table that were asked for last.
class Blocks {
 public:
  Blocks(const std::filesystem::path& file, const Hdf5ImageOptions& options)
      : table_(file, options.images) {
    const auto row = static_cast<std::int64_t>(std::max<std::size_t>(table_.row_bytes(), 1));
    const std::int64_t rows = std::max<std::int64_t>(table_.rows(), 1);
    const std::int64_t chunk = std::min(table_.chunk_rows(), rows);
    const std::int64_t wanted = std::min(kBlockBytes, options.memory / 2);
    block_ = std::min(chunk * std::max<std::int64_t>(1, wanted / (chunk * row)), rows);
    most_ = options.memory / (block_ * row);
    const std::int64_t all = (rows + block_ - 1) / block_;
    locality_ = even_blocks(rows, block_, most_ >= all ? all : most_ / 2);
    if (locality_.blocks_in_memory >= 1) return;
    throw InvalidArgument(
        "hdf5_images: {} is stored in chunks of {} rows, {} bytes; two do not fit into a memory of "
        "{} bytes; raise `memory`, or store it in smaller chunks: h5repack -l {}:CHUNK=64x…",
        table_.name(), chunk, block_ * row, options.memory, options.images);
  }

  const io::Hdf5Table& table() const { return table_; }
  /// As many blocks at a time as fit: all, or one window while another is left.
  const Locality& locality() const { return locality_; }
  std::int64_t rows_of_block() const { return block_; }

  BufferPtr block(std::int64_t number) {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(recent_, number, &Recent::number);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return found->bytes;
    }
    while (static_cast<std::int64_t>(recent_.size()) >= most_) recent_.pop_back();
    recent_.push_front({number, read(number)});
    return recent_.front().bytes;
  }

 private:
  struct Recent {
    std::int64_t number;
    BufferPtr bytes;
  };

  BufferPtr read(std::int64_t number) const {
    const std::int64_t first = number * block_;
    const std::int64_t count = std::min(block_, table_.rows() - first);
    auto bytes = std::make_shared<Buffer>(static_cast<std::size_t>(count) * table_.row_bytes());
    table_.read(first, count, bytes->data());
    return bytes;
  }

  io::Hdf5Table table_;
  std::int64_t block_ = 1;  // rows
  std::int64_t most_ = 1;   // blocks in memory
  Locality locality_;
  std::mutex mutex_;
  std::list<Recent> recent_;  // the last one asked for first
};

std::vector<std::int32_t> read_labels(const std::filesystem::path& file, const std::string& dataset,
                                      std::int64_t images) {
  const io::Hdf5Table table(file, dataset);
  const TensorSpec& spec = table.spec();
  const bool is_list = spec.shape.size() == table.rows() && spec.dtype != float32;
  if (!is_list || table.rows() != images) {
    throw InvalidArgument(
        "hdf5_images: {}: expected {} whole numbers, one for each image, found {}", table.name(),
        images, spec);
  }
  std::vector<std::int32_t> labels(static_cast<std::size_t>(images));
  if (spec.dtype == int32) {
    table.read(0, images, labels.data());
  } else {
    std::vector<std::uint8_t> bytes(labels.size());
    table.read(0, images, bytes.data());
    std::ranges::copy(bytes, labels.begin());
  }
  return labels;
}

ImageShape image_shape(const io::Hdf5Table& table, bool channels_first) {
  const Shape& shape = table.spec().shape;
  const bool of_images = shape.ndim() == 4 || (shape.ndim() == 3 && !channels_first);
  if (!of_images || table.spec().dtype == int32) {
    throw InvalidArgument(
        "hdf5_images: {}: expected images [n, height, width, channels] of bytes or floating "
        "numbers, found {}",
        table.name(), table.spec());
  }
  if (channels_first) return {shape[2], shape[3], shape[1]};
  return {shape[1], shape[2], shape.ndim() == 4 ? shape[3] : 1};
}

template <class T>
void unpack_row(const std::byte* row, const ImageShape& shape, bool channels_first,
                std::span<float> pixels) {
  const T* from = reinterpret_cast<const T*>(row);
  if (channels_first) return unpack_planes(from, shape, pixels);
  unpack(from, pixels);
}

}  // namespace

Dataset hdf5_images(const std::filesystem::path& file, const Hdf5ImageOptions& options) {
  const auto blocks = std::make_shared<Blocks>(file, options);
  const io::Hdf5Table& table = blocks->table();
  const ImageShape shape = image_shape(table, options.channels_first);
  const auto labels = std::make_shared<const std::vector<std::int32_t>>(
      read_labels(file, options.labels, table.rows()));
  auto classes = classes_of<DataCorruption>(
      *labels, options.classes, "hdf5_images: " + file.string() + ": " + options.labels);
  const auto read = [blocks, labels, shape, channels_first = options.channels_first](
                        std::int64_t index, std::span<float> pixels) {
    const std::int64_t rows = blocks->rows_of_block();
    const BufferPtr block = blocks->block(index / rows);
    const std::byte* row = static_cast<const std::byte*>(block->data()) +
                           static_cast<std::size_t>(index % rows) * blocks->table().row_bytes();
    if (blocks->table().spec().dtype == uint8) {
      unpack_row<std::uint8_t>(row, shape, channels_first, pixels);
    } else {
      unpack_row<float>(row, shape, channels_first, pixels);
    }
    return (*labels)[static_cast<std::size_t>(index)];
  };
  return {.size = table.rows(),
          .shape = shape,
          .classes = std::move(classes),
          .read = read,
          .locality = blocks->locality()};
}

}  // namespace linseed::data
