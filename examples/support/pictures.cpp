#include "support/pictures.h"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include <linseed/framework/data/idx.h>
#include <linseed/framework/data/image_file.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>

namespace example {
namespace {

namespace fs = std::filesystem;
using linseed::Tensor;

Tensor to_unit(const Tensor& bytes) { return linseed::astype(bytes, linseed::float32) / 255.f; }

/// By the first bytes: an IDX file begins with two zeros, a gzip stream with its magic number.
bool is_idx(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw linseed::IoError("{}: cannot be opened", file.string());
  std::array<char, 2> start{1, 1};
  stream.read(start.data(), start.size());
  return start == std::array<char, 2>{0, 0} || start == std::array<char, 2>{'\x1f', '\x8b'};
}

std::vector<Picture> read_idx_pictures(const fs::path& file, std::int64_t limit) {
  const Tensor all = linseed::data::read_idx(file);
  if (all.dtype() != linseed::uint8 || all.ndim() != 3) {
    throw linseed::DataCorruption("{}: pictures are bytes [n, height, width]; this holds {}",
                                  file.string(), all.spec());
  }
  std::vector<Picture> pictures;
  for (std::int64_t i = 0; i < std::min(limit, all.dim(0)); ++i) {
    const Tensor one = linseed::slice(all, {i, 0, 0}, {i + 1, all.dim(1), all.dim(2)});
    pictures.push_back({fmt::format("{}, number {}", file.string(), i),
                        to_unit(linseed::reshape(one, {all.dim(1), all.dim(2), 1}))});
  }
  return pictures;
}

Picture read_picture(const fs::path& file) {
  const linseed::data::Image image = linseed::data::read_image_file(file);
  return {file.string(), Tensor::from(image.pixels, image.shape.dims())};
}

/// Channels [first, last).
Tensor channels(const Tensor& x, std::int64_t first, std::int64_t last) {
  return linseed::slice(x, {0, 0, first}, {x.dim(0), x.dim(1), last});
}

/// [to, from]: how much each of `from` pixels in a row contributes to each of `to` that cover them.
Tensor coverage(std::int64_t to, std::int64_t from) {
  const double length = static_cast<double>(from) / static_cast<double>(to);
  std::vector<float> shares;
  for (std::int64_t i = 0; i < to; ++i) {
    const double begin = static_cast<double>(i) * length;
    for (std::int64_t j = 0; j < from; ++j) {
      const double left = static_cast<double>(j);
      const double overlap = std::min(begin + length, left + 1) - std::max(begin, left);
      shares.push_back(static_cast<float>(std::max(overlap, 0.) / length));
    }
  }
  return Tensor::from(shares, {to, from});
}

}  // namespace

std::vector<Picture> read_pictures(const fs::path& file, std::int64_t limit) {
  if (is_idx(file)) return read_idx_pictures(file, limit);
  return {read_picture(file)};
}

Tensor check_grey(const Picture& picture, std::int64_t size) {
  if (picture.pixels.shape() != linseed::Shape{size, size, 1}) {
    throw linseed::InvalidArgument(
        "{}: is {} x {} pixels with {} channels; the network takes {} x {} with 1 (grey). "
        "--convert makes it so",
        picture.name, picture.pixels.dim(1), picture.pixels.dim(0), picture.pixels.dim(2), size,
        size);
  }
  return picture.pixels;
}

Tensor to_grey(const Picture& picture, std::int64_t size, bool invert) {
  const Tensor& x = picture.pixels;
  const bool coloured = x.dim(2) >= 3, has_opacity = x.dim(2) % 2 == 0;
  Tensor grey =
      coloured ? linseed::matmul(channels(x, 0, 3), Tensor::from({0.299f, 0.587f, 0.114f}, {3, 1}))
               : channels(x, 0, 1);
  if (invert) grey = 1 - grey;
  if (has_opacity) grey = grey * channels(x, x.dim(2) - 1, x.dim(2));
  return average_areas(grey, size);
}

Tensor average_areas(const Tensor& x, std::int64_t size) {
  const Tensor rows = coverage(size, x.dim(0)), columns = coverage(size, x.dim(1));
  const Tensor plane = linseed::reshape(x, {x.dim(0), x.dim(1)});
  const Tensor averaged =
      linseed::matmul(linseed::matmul(rows, plane), linseed::transpose(columns));
  return linseed::reshape(averaged, {size, size, 1});
}

}  // namespace example
