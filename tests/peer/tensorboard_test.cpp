// Event files, as the tests of flax 0.2.2 have them: one event each, at step 1. Without a
// counterpart: 129 to 131 (sound).
#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/report/event_writer.h>
#include <linseed/tests/peer/modules.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/event_file.h>
#include <linseed/tests/support/temporary_directory.h>

using namespace linseed;
using namespace linseed::test;

namespace {

/// The event that `write` gives a writer.
template <class F>
ReadEvent written(const F& write) {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  write(writer);
  writer.close();
  const auto events = read_events(directory.path());
  REQUIRE(events.size() == 2);
  CHECK(events[1].step == 1);
  CHECK(events[1].wall_time > 0);
  return events[1];
}

/// The pixels of an image that is written, which is 30 × 30.
std::vector<std::uint8_t> image_written(const Tensor& image) {
  const ReadEvent event =
      written([&](EventWriter& writer) { writer.image("image_test", image, 1); });
  CHECK(event.tag == "image_test");
  CHECK(event.plugin == "images");
  REQUIRE(event.strings.size() == 3);
  CHECK(event.strings[0] == "30");
  CHECK(event.strings[1] == "30");
  const Png png = decode_png(event.strings[2]);
  CHECK(png.width == 30);
  CHECK(png.height == 30);
  return png.pixels;
}

Tensor bytes(const Shape& shape) { return astype((uneven(shape) + 1) * 127.99f, uint8); }

std::vector<std::uint8_t> elements(const Tensor& image) {
  const auto data = image.data<std::uint8_t>();
  return {data.begin(), data.end()};
}

/// Each element three times, as the channels of grey.
std::vector<std::uint8_t> tripled(const Tensor& image) {
  std::vector<std::uint8_t> all;
  for (const std::uint8_t value : elements(image)) all.insert(all.end(), 3, value);
  return all;
}

ReadEvent histogram_of_thousand(int bins) {
  const ReadEvent event = written(
      [&](EventWriter& writer) { writer.histogram("histogram_test", arange(1000), 1, bins); });
  CHECK(event.tag == "histogram_test");
  CHECK(event.plugin == "histograms");
  CHECK(event.shape == std::vector<std::int64_t>{bins, 3});
  REQUIRE(event.doubles.size() == 3 * static_cast<std::size_t>(bins));
  return event;
}

}  // namespace

TEST_CASE("peer 122: a writer that is closed does not flush") {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  writer.close();
  CHECK(fails<InvalidArgument>([&] { writer.flush(); }, {"closed"}) == "");
}

TEST_CASE("peer 123: a scalar") {
  const ReadEvent event =
      written([](EventWriter& writer) { writer.scalar("scalar_test", 99.1232, 1); });
  CHECK(event.tag == "scalar_test");
  CHECK(event.plugin == "scalars");
  REQUIRE(event.floats.size() == 1);
  CHECK(event.floats[0] == Approx(99.1232).epsilon(1e-7));
}

TEST_CASE("peer 124: a text") {
  const ReadEvent event =
      written([](EventWriter& writer) { writer.text("text_test", "hello world.", 1); });
  CHECK(event.tag == "text_test");
  CHECK(event.plugin == "text");
  CHECK(event.strings == std::vector<std::string>{"hello world."});
}

TEST_CASE("peer 125: an image of bytes") {
  const Tensor image = bytes({30, 30, 3});
  CHECK(image_written(image) == elements(image));
}

TEST_CASE("peer 126: an image of floats") {
  const Tensor image = (uneven({30, 30, 3}) + 1) / 2;
  CHECK(image_written(image) == elements(astype(image * 255, uint8)));
}

TEST_CASE("peer 127: an image without channels") {
  const Tensor image = bytes({30, 30});
  CHECK(image_written(image) == tripled(image));
}

TEST_CASE("peer 128: an image of one channel") {
  const Tensor image = bytes({30, 30, 1});
  CHECK(image_written(image) == tripled(image));
}

TEST_CASE("peer 132: a histogram of 30 bins") {
  const auto numbers = histogram_of_thousand(30).doubles;
  CHECK(numbers[0] == Approx(0).margin(0.1));
  CHECK(numbers[1] == Approx(33.3).margin(0.1));
  CHECK(numbers[2] == Approx(34).margin(0.1));
}

TEST_CASE("peer 133: a histogram of 2 bins") {
  const auto numbers = histogram_of_thousand(2).doubles;
  const Values expected{0, 499.5, 500, 499.5, 999, 500};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(numbers[i] == Approx(expected[i]).margin(0.1));
  }
}
