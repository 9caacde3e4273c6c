#include <linseed/framework/data/resize.h>

#include <algorithm>

// stb, in this source alone: all that it defines is static.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb_image_resize.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <linseed/framework/core/error.h>

namespace linseed::data {
namespace {

constexpr std::int64_t kMostPixels = 16384;  // on a side, as in read_image_file
constexpr std::int64_t kMostChannels = STBIR_MAX_CHANNELS;

void check_sizes(const ImageShape& from, std::int64_t height, std::int64_t width) {
  const auto fits = [](std::int64_t side) { return side >= 1 && side <= kMostPixels; };
  if (fits(from.height) && fits(from.width) && fits(height) && fits(width) && from.channels >= 1 &&
      from.channels <= kMostChannels) {
    return;
  }
  throw InvalidArgument(
      "resized: from an image {} to {} x {}; expected 1 to {} pixels on a side, and at most {} "
      "channels",
      from.dims(), height, width, kMostPixels, kMostChannels);
}

void check_channels(std::int64_t from, std::int64_t to) {
  if (from == to || (from == 1 && to == 3) || (from == 3 && to == 1)) return;
  throw InvalidArgument(
      "with_channels: an image of {} channels cannot be given {}; only grey becomes colours, and "
      "colours grey",
      from, to);
}

/// `image` at that size, written to `pixels`.
void resize(const Image& image, std::int64_t height, std::int64_t width, float* pixels) {
  const auto from_height = static_cast<double>(image.shape.height);
  const auto from_width = static_cast<double>(image.shape.width);
  const double scale =
      std::min(from_height / static_cast<double>(height), from_width / static_cast<double>(width));
  // What stays free on each side, as a part of the whole.
  const double y = (1 - scale * static_cast<double>(height) / from_height) / 2;
  const double x = (1 - scale * static_cast<double>(width) / from_width) / 2;
  const auto number = [](auto value) { return static_cast<int>(value); };
  const auto share = [](double value) { return static_cast<float>(value); };
  if (stbir_resize_region(image.pixels.data(), number(image.shape.width),
                          number(image.shape.height), 0, pixels, number(width), number(height), 0,
                          STBIR_TYPE_FLOAT, number(image.shape.channels), STBIR_ALPHA_CHANNEL_NONE,
                          0, STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE,
                          STBIR_FILTER_TRIANGLE, STBIR_COLORSPACE_LINEAR, nullptr, share(x),
                          share(y), share(1 - x), share(1 - y)) == 0) {
    throw std::bad_alloc();
  }
}

}  // namespace

Image resized(const Image& image, std::int64_t height, std::int64_t width) {
  check_sizes(image.shape, height, width);
  Image result{{height, width, image.shape.channels}, {}};
  result.pixels.resize(static_cast<std::size_t>(result.shape.size()));
  resize(image, height, width, result.pixels.data());
  return result;
}

Image with_channels(const Image& image, std::int64_t channels) {
  const ImageShape& shape = image.shape;
  check_channels(shape.channels, channels);
  if (shape.channels == channels) return image;
  Image result{{shape.height, shape.width, channels}, {}};
  result.pixels.reserve(static_cast<std::size_t>(result.shape.size()));
  if (channels == 3) {
    for (const float grey : image.pixels) result.pixels.insert(result.pixels.end(), 3, grey);
  } else {
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
      result.pixels.push_back(0.299f * image.pixels[i] + 0.587f * image.pixels[i + 1] +
                              0.114f * image.pixels[i + 2]);
    }
  }
  return result;
}

Dataset resized(const Dataset& dataset, const ImageShape& shape) {
  if (dataset.shape == shape) return dataset;
  check_sizes(dataset.shape, shape.height, shape.width);
  check_channels(dataset.shape.channels, shape.channels);
  Dataset result = dataset;
  result.shape = shape;
  result.read = [=](std::int64_t index, std::span<float> pixels) {
    Image image{dataset.shape, std::vector<float>(static_cast<std::size_t>(dataset.shape.size()))};
    const std::int32_t label = dataset.read(index, image.pixels);
    const bool same_size = shape.height == image.shape.height && shape.width == image.shape.width;
    if (!same_size) image = resized(image, shape.height, shape.width);
    std::ranges::copy(with_channels(image, shape.channels).pixels, pixels.begin());
    return label;
  };
  return result;
}

}  // namespace linseed::data
