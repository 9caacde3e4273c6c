#include "support/save_png.h"

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/report/png.h>

#include "support/write_file.h"

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
  const Tensor pixels =
      linseed::reshape(linseed::clip(image, 0, 1) * 255 + 0.5f, {height, 1, width, 1, channels});
  const Tensor bytes = linseed::astype(
      linseed::broadcast_to(pixels, {height, scale, width, scale, 3}), linseed::uint8);
  write_file(file,
             linseed::png_of(bytes.data<std::uint8_t>(), static_cast<std::uint32_t>(width * scale),
                             static_cast<std::uint32_t>(height * scale)));
}

}  // namespace example
