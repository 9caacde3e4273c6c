// Pictures to files, and back.
#include <support/save_png.h>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/report/png.h>
#include <linseed/tests/support/temporary_directory.h>
#include <support/pictures.h>

namespace example {

using linseed::Tensor;

namespace {

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data<float>().begin(), tensor.data<float>().end()};
}

}  // namespace

TEST_CASE("images are laid side by side, row by row") {
  const Tensor images = linseed::reshape(linseed::arange(8, linseed::float32), {4, 1, 2, 1});
  const Tensor picture = tiled(images, 2);
  CHECK(picture.shape() == linseed::Shape{2, 4, 1});
  CHECK(values(picture) == std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(values(tiled(linseed::reshape(images, {2, 2, 2, 1}), 2)) ==
        std::vector<float>{0, 1, 4, 5, 2, 3, 6, 7});
  CHECK_THROWS_AS(tiled(images, 3), linseed::InvalidArgument);
}

TEST_CASE("a picture that is saved is read again, its pixels enlarged") {
  const linseed::test::TemporaryDirectory folder;
  const auto file = folder.path() / "new" / "picture.png";
  const Tensor image = Tensor::from({0.f, 0.2f, 1.f, -3.f, 0.4f, 7.f}, {1, 2, 3});
  save_png(file, image, 2);
  const Tensor pixels = read_pictures(file, 1).at(0).pixels;
  CHECK(pixels.shape() == linseed::Shape{2, 4, 3});
  const std::vector<float> row{0, 0.2f, 1, 0, 0.2f, 1, 0, 0.4f, 1, 0, 0.4f, 1};  // n / 255 each
  for (std::size_t i = 0; i < 24; ++i) {
    CHECK(values(pixels)[i] == Approx(row[i % 12]));
  }
}

TEST_CASE("what is no picture, or cannot be written, is refused") {
  const linseed::test::TemporaryDirectory folder;
  const Tensor image = linseed::zeros({2, 2, 1});
  CHECK_THROWS_AS(save_png(folder.path() / "a.png", linseed::zeros({2, 2, 2})),
                  linseed::InvalidArgument);
  CHECK_THROWS_AS(save_png(folder.path() / "a.png", image, 0), linseed::InvalidArgument);
  CHECK_THROWS_AS(save_png(folder.path(), image), linseed::IoError);  // a folder
  CHECK_THROWS_AS(linseed::png_of(std::vector<std::uint8_t>(11), 2, 2), linseed::InvalidArgument);
}

}  // namespace example
