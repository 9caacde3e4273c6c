// Folders of PNG and JPEG files: which are read, to what size, and what is said of broken ones.
#include <linseed/framework/data/image_folder.h>

#include <array>
#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/image_file.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/data/resize.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/framework/data/idx_files.h>
#include <linseed/tests/framework/data/picture_files.h>

namespace linseed::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

/// The segment of a JPEG in which a camera says how it was held, before another entry and after
/// one.
std::string exif(bool little_endian, int orientation) {
  const auto number = [&](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
      text += static_cast<char>(value >> 8 * (little_endian ? i : bytes - 1 - i));
    }
    return text;
  };
  const auto entry = [&](std::uint32_t tag, std::uint32_t value) {
    return number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2);
  };
  const std::string tiff = (little_endian ? "II" : "MM") + number(42, 2) + number(8, 4) +
                           number(3, 2) + entry(0x0100, 6) +
                           entry(0x0112, static_cast<std::uint32_t>(orientation)) +
                           entry(0x0128, 2) + number(0, 4);
  const std::string content = std::string("Exif\0\0", 6) + tiff;
  const std::size_t length = content.size() + 2;
  return std::string("\xFF\xE1") + static_cast<char>(length >> 8) + static_cast<char>(length) +
         content;
}

/// `segment` first in the JPEG `file`.
void insert_segment(const fs::path& file, const std::string& segment) {
  const std::string whole = read_all(file);
  write_plain(file, whole.substr(0, 2) + segment + whole.substr(2));
}

}  // namespace

TEST_CASE("PNG files are read exactly, with as many channels as asked for") {
  const TemporaryDirectory directory;
  const Bytes pixels{0, 51, 102, 255, 1, 2};
  const auto file = write_png(directory.path() / "rgb.png", 1, 2, 3, pixels);
  CHECK(data::image_file_shape(file) == data::ImageShape{1, 2, 3});
  const auto image = data::read_image_file(file);
  CHECK(image.shape == data::ImageShape{1, 2, 3});
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(image.pixels[i] == static_cast<float>(pixels[i]) / 255.f);
  }
  CHECK(data::read_image_file(file, 1).shape.channels == 1);
  const auto grey = data::read_image_file(write_grey(directory.path() / "grey.png", 51), 3);
  CHECK(grey.pixels == std::vector<float>(12, 0.2f));
  CHECK_THROWS_AS(data::read_image_file(file, 5), InvalidArgument);
}

TEST_CASE("JPEG files are read about right") {
  const TemporaryDirectory directory;
  Bytes pixels;
  for (int i = 0; i < 16 * 24; ++i) pixels.insert(pixels.end(), {200, 100, 50});
  const auto image = data::read_image_file(write_jpeg(directory.path() / "a.jpg", 16, 24, pixels));
  REQUIRE(image.shape == data::ImageShape{16, 24, 3});
  // Quality 95 keeps an even colour to a few steps of 255.
  CHECK(image.at(8, 8)[0] == Approx(200 / 255.).margin(4 / 255.));
  CHECK(image.at(15, 23)[2] == Approx(50 / 255.).margin(4 / 255.));
}

TEST_CASE("a PNG or JPEG file cut short at any byte is refused by name") {
  const TemporaryDirectory directory;
  Bytes pixels;
  for (int i = 0; i < 3 * 64; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 % 251));
  const auto broken = directory.path() / "broken";
  for (const auto& file : {write_png(directory.path() / "a.png", 8, 8, 3, pixels),
                           write_jpeg(directory.path() / "a.jpg", 8, 8, pixels)}) {
    const std::string whole = read_all(file);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(file.string() << " cut to " << length);
      write_plain(broken, whole.substr(0, length));
      CHECK_THROWS_AS(data::read_image_file(broken), DataCorruption);
    }
  }
  CHECK_THROWS_WITH(data::read_image_file(broken), Contains(broken.string()));
}

TEST_CASE("a photograph is turned as the camera was held") {
  const TemporaryDirectory directory;
  // 32 × 16 pixels in four quarters, each of even brightness: a b over c d.
  const std::array<std::uint8_t, 4> shades{0, 80, 160, 240};
  Bytes pixels;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 16; ++x) pixels.insert(pixels.end(), 3, shades[y / 16 * 2 + x / 8]);
  }
  // What was seen, in rows: for 1 to 8.
  const std::vector<std::string> expected{"abcd", "badc", "dcba", "cdab",
                                          "acbd", "cadb", "dbca", "bdac"};
  const auto file = directory.path() / "a.jpg";
  for (int orientation = 0; orientation <= 9; ++orientation) {
    for (const bool little_endian : {false, true}) {
      INFO("orientation " << orientation);
      write_jpeg(file, 32, 16, pixels);
      insert_segment(file, exif(little_endian, orientation));
      const bool is_known = orientation >= 1 && orientation <= 8;
      const data::ImageShape shape =
          is_known && orientation >= 5 ? data::ImageShape{16, 32, 3} : data::ImageShape{32, 16, 3};
      CHECK(data::image_file_shape(file) == shape);
      const auto image = data::read_image_file(file);
      REQUIRE(image.shape == shape);
      std::string seen;
      for (const std::int64_t y : {shape.height / 4, shape.height * 3 / 4}) {
        for (const std::int64_t x : {shape.width / 4, shape.width * 3 / 4}) {
          seen += static_cast<char>('a' + std::lround(image.at(y, x)[0] * 255 / 80));
        }
      }
      CHECK(seen == expected[is_known ? static_cast<std::size_t>(orientation - 1) : 0]);
    }
  }
}

TEST_CASE("what a camera says is cut short or nonsense: the picture is taken as it is stored") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.jpg";
  const std::string whole = exif(true, 6);
  for (std::size_t length = 4; length < whole.size(); ++length) {
    INFO("cut to " << length);
    std::string segment = whole.substr(0, length);
    segment[2] = 0;
    segment[3] = static_cast<char>(length - 2);
    write_jpeg(file, 16, 8, Bytes(16 * 8 * 3, 90));
    insert_segment(file, segment);
    const bool says_it = length > 40;  // where the low byte of the orientation is
    CHECK(data::read_image_file(file).shape ==
          (says_it ? data::ImageShape{8, 16, 3} : data::ImageShape{16, 8, 3}));
  }
  std::string far = whole;
  far.replace(14, 4, "\xFF\xFF\xFF\xFF");  // where the directory begins
  write_jpeg(file, 16, 8, Bytes(16 * 8 * 3, 90));
  insert_segment(file, far);
  CHECK(data::read_image_file(file).shape == data::ImageShape{16, 8, 3});
}

TEST_CASE("what a camera appends to a JPEG file does no harm") {
  const TemporaryDirectory directory;
  const auto file = write_jpeg(directory.path() / "a.jpg", 8, 8, Bytes(192, 90));
  const auto pixels = data::read_image_file(file).pixels;
  write_plain(file, read_all(file) + "a film, \xFF\xDA and so on");
  CHECK(data::read_image_file(file).pixels == pixels);
}

TEST_CASE("colours of a file become grey as those of an image do") {
  const TemporaryDirectory directory;
  const auto file = write_png(directory.path() / "a.png", 1, 2, 3, {200, 100, 50, 7, 8, 9});
  const auto grey = data::with_channels(data::read_image_file(file), 1);
  CHECK(data::read_image_file(file, 1).pixels == grey.pixels);
}

TEST_CASE("a PNG file with any byte changed is refused") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a.png";
  write_png(file, 4, 4, 3, Bytes(48, 7));
  const std::string whole = read_all(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    INFO("byte " << i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    write_plain(file, changed);
    CHECK_THROWS_AS(data::read_image_file(file), DataCorruption);
  }
}

TEST_CASE("a missing file, a folder, and files of other kinds are told apart") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(data::read_image_file(directory.path() / "missing.png"), IoError);
  CHECK_THROWS_AS(data::read_image_file(directory.path()), IoError);
  const auto gif = write_plain(directory.path() / "a.png", "GIF89a and more");
  CHECK_THROWS_WITH(data::read_image_file(gif), Contains("neither a PNG nor a JPEG"));
}

TEST_CASE("a picture is resized without being distorted") {
  // Left half black, right half white; 4 × 8 becomes 2 × 2 from its middle, columns 2 to 5.
  data::Image image{{4, 8, 1}, {}};
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 8; ++x) image.pixels.push_back(x < 4 ? 0.f : 1.f);
  }
  const auto small = data::resized(image, 2, 2);
  REQUIRE(small.shape == data::ImageShape{2, 2, 1});
  // A triangle of half-width 2 around 3 covers columns 1 to 4: white weighs ¼ · ½ of it.
  CHECK(small.at(0, 0)[0] == Approx(0.125).margin(1e-5));
  CHECK(small.at(1, 1)[0] == Approx(0.875).margin(1e-5));
  const auto same = data::resized(image, 4, 8);
  for (std::size_t i = 0; i < 32; ++i) CHECK(same.pixels[i] == Approx(image.pixels[i]));
  const auto large = data::resized(data::Image{{1, 1, 3}, {0.1f, 0.2f, 0.3f}}, 3, 5);
  CHECK(large.at(2, 4)[2] == Approx(0.3f));
  CHECK_THROWS_AS(data::resized(image, 0, 2), InvalidArgument);
}

TEST_CASE("a folder's classes are its folders, files in the order of their names") {
  const TemporaryDirectory directory;
  const auto& root = directory.path();
  write_grey(root / "dog" / "b.png", 51);
  write_grey(root / "dog" / "a.PNG", 102);
  write_grey(root / "dog" / "more" / "c.png", 153);
  write_grey(root / "cat" / "x.png", 204);
  write_grey(root / ".hidden" / "x.png", 0);
  write_grey(root / "cat" / ".x.png", 0);
  write_grey(root / "cat" / ".thumbnails" / "x.png", 0);
  write_plain(root / "cat" / "notes.txt", "no picture");
  write_plain(root / "readme.png", "no class");

  const auto set = data::image_folder(root, {.channels = 1});
  CHECK(set.classes == std::vector<std::string>{"cat", "dog"});
  REQUIRE(set.size == 4);
  CHECK(set.shape == data::ImageShape{2, 2, 1});
  std::vector<float> first_pixels;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto [image, label] = data::read_image(set, i);
    first_pixels.push_back(image.pixels[0]);
    labels.push_back(label);
  }
  CHECK(labels == std::vector<std::int32_t>{0, 1, 1, 1});
  CHECK(first_pixels == std::vector<float>{0.8f, 0.4f, 0.2f, 0.6f});
  const auto files = data::image_folder_files(root);
  CHECK(files[3] == root / "dog" / "more" / "c.png");
}

TEST_CASE("pictures of other sizes are resized if a size is given, and refused if not") {
  const TemporaryDirectory directory;
  write_grey(directory.path() / "a" / "1.png", 51);
  const auto larger = write_grey(directory.path() / "a" / "2.png", 102, 5, 9);
  const auto strict = data::image_folder(directory.path());
  CHECK(data::read_image(strict, 0).first.shape == data::ImageShape{2, 2, 3});
  CHECK_THROWS_AS(data::read_image(strict, 1), DataCorruption);
  CHECK_THROWS_WITH(data::read_image(strict, 1), Contains(larger.string()) && Contains("5 x 9"));
  const auto even = data::image_folder(directory.path(), {.height = 4, .width = 6});
  CHECK(even.shape == data::ImageShape{4, 6, 3});
  for (const float pixel : data::read_image(even, 1).first.pixels) CHECK(pixel == Approx(0.4f));
}

TEST_CASE("a loader says which file of a folder is broken, or passes over it") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 4; ++i) write_grey(directory.path() / "a" / fmt::format("{}.png", i), i);
  const auto broken = write_plain(directory.path() / "a" / "2.png", "nothing");
  const auto set = data::image_folder(directory.path());
  const auto key = random::key(0);
  data::Loader stopping(set, 4, key, {.shuffle = false});
  CHECK_THROWS_WITH(stopping.batch({}), Contains("image 2") && Contains(broken.string()));
  data::Loader skipping(set, 4, key, {.shuffle = false, .on_broken = data::OnBroken::skip});
  CHECK(skipping.batch({}).images.data<float>()[2 * 12] == 3 / 255.f);  // the next one
  REQUIRE(skipping.broken().size() == 1);
  CHECK_THAT(skipping.broken()[0].second, Contains(broken.string()));
}

TEST_CASE("a link to a file that is gone is a broken image, not one less") {
  const TemporaryDirectory directory;
  write_grey(directory.path() / "a" / "1.png", 51);
  fs::create_symlink(directory.path() / "gone.png", directory.path() / "a" / "2.png");
  const auto set = data::image_folder(directory.path());
  REQUIRE(set.size == 2);
  CHECK_THROWS_AS(data::read_image(set, 1), IoError);
  CHECK_THROWS_WITH(data::read_image(set, 1), Contains("2.png"));
}

TEST_CASE("folders that make no set are refused") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(data::image_folder(directory.path() / "missing"), IoError);
  CHECK_THROWS_WITH(data::image_folder(directory.path()), Contains("holds no folder"));
  fs::create_directories(directory.path() / "empty");
  CHECK_THROWS_WITH(data::image_folder(directory.path()), Contains("empty has no .png"));
  CHECK_THROWS_AS(data::image_folder(directory.path(), {.height = 3}), InvalidArgument);
  CHECK_THROWS_AS(data::image_folder(directory.path(), {.channels = 0}), InvalidArgument);
}

}  // namespace linseed::test
