#include "support/save_png.h"

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>

#include <stb_image_write.h>

namespace example {

using linseed::Tensor;

Tensor tiled(const Tensor& images, std::int64_t columns) {
  if (images.ndim() != 4 || columns < 1 || images.dim(0) % columns != 0) {
    throw linseed::InvalidArgument(
        "tiled: expected images [n,height,width,channels] in rows of {}, got {}", columns,
        images.spec());
  }
  const std::int64_t rows = images.dim(0) / columns, height = images.dim(1), width = images.dim(2);
  const Tensor grid = linseed::reshape(images, {rows, columns, height, width, images.dim(3)});
  return linseed::reshape(linseed::transpose(grid, {0, 2, 1, 3, 4}),
                          {rows * height, columns * width, images.dim(3)});
}

void save_png(const std::filesystem::path& file, const Tensor& image, std::int64_t scale) {
  if (image.ndim() != 3 || (image.dim(2) != 1 && image.dim(2) != 3) || image.size() == 0 ||
      !linseed::is_floating(image.dtype()) || scale < 1) {
    throw linseed::InvalidArgument(
        "save_png: expected [height,width,1] or [height,width,3] floating and a scale of at least "
        "1, got {} and {}",
        image.spec(), scale);
  }
  const std::int64_t height = image.dim(0), width = image.dim(1), channels = image.dim(2);
  const linseed::Shape large{height, scale, width, scale, channels};
  const Tensor pixels = linseed::broadcast_to(
      linseed::reshape(linseed::clip(image, 0, 1), {height, 1, width, 1, channels}), large);
  const Tensor bytes = linseed::astype(pixels * 255 + 0.5f, linseed::uint8);
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  const int row = static_cast<int>(width * scale * channels);
  if (stbi_write_png(file.c_str(), static_cast<int>(width * scale),
                     static_cast<int>(height * scale), static_cast<int>(channels),
                     bytes.data<std::uint8_t>().data(), row) == 0) {
    throw linseed::IoError("{} cannot be written", file.string());
  }
}

}  // namespace example
