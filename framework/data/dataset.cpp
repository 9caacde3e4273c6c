#include <linseed/framework/data/dataset.h>

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/idx.h>
#include <linseed/framework/data/labels_internal.h>
#include <linseed/framework/data/pixels_internal.h>

namespace linseed::data {
namespace {

/// Labels of any integer type.
std::vector<std::int64_t> to_integers(const Tensor& labels) {
  return visit_dtype(labels.dtype(), [&](auto zero) {
    const auto from = labels.data<decltype(zero)>();
    std::vector<std::int64_t> result(from.size());
    std::transform(from.begin(), from.end(), result.begin(),
                   [](auto label) { return convert_element<std::int64_t>(label); });
    return result;
  });
}

}  // namespace

Locality even_blocks(std::int64_t size, std::int64_t length, std::int64_t blocks_in_memory) {
  if (length < 1) throw InvalidArgument("even_blocks: blocks of {} images", length);
  Locality locality{.blocks_in_memory = blocks_in_memory};
  for (std::int64_t first = 0; first < size; first += length) locality.blocks.push_back(first);
  return locality;
}

void check_dataset(const Dataset& dataset, std::string_view who) {
  if (!dataset.read) throw InvalidArgument("{}: the set has no function `read`", who);
  if (dataset.size < 1) throw InvalidArgument("{}: the set holds no image", who);
  if (dataset.size > std::numeric_limits<std::int32_t>::max()) {
    throw InvalidArgument("{}: {} images are more than 2^31 - 1", who, dataset.size);
  }
  const ImageShape& shape = dataset.shape;
  if (shape.height < 1 || shape.width < 1 || shape.channels < 1) {
    throw InvalidArgument("{}: the images of the set are said to be {}", who, shape.dims());
  }
  const auto& [blocks, blocks_in_memory] = dataset.locality;
  if (blocks.empty()) return;
  const bool ascend =
      std::ranges::adjacent_find(blocks, std::ranges::greater_equal()) == blocks.end();
  if (blocks.front() != 0 || !ascend || blocks.back() >= dataset.size || blocks_in_memory < 1) {
    throw InvalidArgument(
        "{}: blocks of images begin at 0, ascend, and lie in [0, {}); at least one is in memory",
        who, dataset.size);
  }
}

std::pair<Image, std::int32_t> read_image(const Dataset& dataset, std::int64_t index) {
  check_dataset(dataset, "read_image");
  if (index < 0 || index >= dataset.size) {
    throw InvalidArgument("read_image: image {} of a set of {}", index, dataset.size);
  }
  Image image{dataset.shape, std::vector<float>(dataset.shape.size())};
  const std::int32_t label = dataset.read(index, image.pixels);
  return {std::move(image), label};
}

Dataset in_memory(const Tensor& images, const Tensor& labels, std::vector<std::string> classes) {
  const bool of_images = (images.ndim() == 3 || images.ndim() == 4) &&
                         (images.dtype() == uint8 || images.dtype() == float32);
  if (!of_images || labels.ndim() != 1 || !is_integer(labels.dtype()) ||
      labels.dim(0) != images.dim(0)) {
    throw InvalidArgument(
        "in_memory: expected images [n, height, width, channels] of uint8 or float32 and labels "
        "[n] of integers, got {} and {}",
        images.spec(), labels.spec());
  }
  const auto integers = to_integers(labels);
  classes = classes_of<InvalidArgument>(integers, std::move(classes), "in_memory");
  const auto values =
      std::make_shared<const std::vector<std::int32_t>>(integers.begin(), integers.end());
  const ImageShape shape{images.dim(1), images.dim(2), images.ndim() == 4 ? images.dim(3) : 1};
  static_cast<void>(images.raw_data());  // evaluates here, not in a loader's thread
  const auto read = [images, values, count = shape.size()](std::int64_t index,
                                                           std::span<float> pixels) {
    if (images.dtype() == uint8) {
      unpack(static_cast<const std::uint8_t*>(images.raw_data()) + index * count, pixels);
    } else {
      unpack(static_cast<const float*>(images.raw_data()) + index * count, pixels);
    }
    return (*values)[static_cast<std::size_t>(index)];
  };
  return {.size = images.dim(0), .shape = shape, .classes = std::move(classes), .read = read};
}

Dataset idx_images(const std::filesystem::path& image_file, const std::filesystem::path& label_file,
                   std::vector<std::string> classes) {
  const Tensor images = read_idx(image_file);
  const Tensor labels = read_idx(label_file);
  try {
    return in_memory(images, labels, std::move(classes));
  } catch (const InvalidArgument& error) {
    throw DataCorruption("idx_images: {} with {}: {}", image_file.string(), label_file.string(),
                         error.what());
  }
}

}  // namespace linseed::data
