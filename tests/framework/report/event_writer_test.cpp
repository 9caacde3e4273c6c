// Event files: framing, settings, misuse.
#include <linseed/framework/report/event_writer.h>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/report/histogram_internal.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/event_file.h>
#include <linseed/tests/support/temporary_directory.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

std::vector<double> counts(const std::vector<Bin>& bins) {
  std::vector<double> all;
  for (const Bin& bin : bins) all.push_back(bin.count);
  return all;
}

std::vector<Bin> binned(std::vector<double> values, int bins) { return histogram_of(values, bins); }

}  // namespace

TEST_CASE("the reader of these tests knows CRC-32C, and sees each damaged byte") {
  CHECK(slow_crc32c("123456789") == 0xe3069283U);
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  writer.scalar("loss", 0.5, 3);
  const std::string bytes = read_file(writer.path());
  CHECK(read_records(bytes).size() == 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    CHECK_THROWS(read_records(damaged));
  }
  CHECK_THROWS(read_records(bytes.substr(0, bytes.size() - 1)));
}

TEST_CASE("each event is in the file at once, in order, and in the types of TensorFlow 2") {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path() / "a" / "b");
  writer.scalar("loss", Tensor(0.5f), 3);
  CHECK(read_events(directory.path() / "a" / "b").size() == 2);
  writer.text("note", "ünïcode", 4);
  writer.histogram("w", vector({1, 2}), 5, 2);
  writer.image("x", ones({1, 1}), 6);
  writer.scalar("diverged", std::nan(""), 7);
  const auto events = read_events(directory.path() / "a" / "b");
  REQUIRE(events.size() == 6);
  // tensor_type: 1 is float, 2 double, 7 string; data_class: 1 a scalar, 2 a tensor, 3 blobs
  CHECK(std::pair(events[1].tensor_type, events[1].data_class) == std::pair(1, 1));
  CHECK(events[1].floats == std::vector<float>{0.5f});
  CHECK(events[1].shape.empty());
  CHECK(std::pair(events[2].tensor_type, events[2].data_class) == std::pair(7, 2));
  CHECK(events[2].strings == std::vector<std::string>{"ünïcode"});
  CHECK(std::pair(events[3].tensor_type, events[3].data_class) == std::pair(2, 2));
  CHECK(std::pair(events[4].tensor_type, events[4].data_class) == std::pair(7, 3));
  CHECK(events[4].shape == std::vector<std::int64_t>{3});
  CHECK(std::isnan(events[5].floats[0]));
  for (std::size_t i = 1; i < events.size(); ++i) {
    CHECK(events[i].step == static_cast<std::int64_t>(i) + 2);
    CHECK(events[i].wall_time >= events[i - 1].wall_time);
  }
}

TEST_CASE("two writers of a directory have a file each, and a moved writer goes on") {
  const TemporaryDirectory directory;
  EventWriter one(directory.path());
  const EventWriter two(directory.path());
  CHECK(one.path() != two.path());
  CHECK(one.path().filename().string().starts_with("events.out.tfevents."));
  EventWriter moved = std::move(one);
  moved.scalar("loss", 1, 0);
  moved.flush();
  CHECK(read_records(read_file(moved.path())).size() == 2);
}

TEST_CASE("settings are the content of the plug-in's metadata, with their types") {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  writer.hparams({{"rate", 0.25f}, {"norm", true}, {"rule", "adam"}, {"batch", 128}},
                 {"test/loss"});
  const auto events = read_events(directory.path());
  REQUIRE(events.size() == 3);
  CHECK(events[1].tag == "_hparams_/experiment");
  CHECK(events[2].tag == "_hparams_/session_start_info");
  for (const std::size_t i : {1, 2}) CHECK(events[i].plugin == "hparams");
  const std::string& experiment = events[1].plugin_content;
  for (const char* name : {"rate", "norm", "rule", "test/loss"}) {
    CHECK(experiment.find(name) != std::string::npos);
  }
  // Entry of a map, key = 1 and value = 2: Value with number_value = 2, bool_value = 4,
  // string_value = 3.
  const std::string& session = events[2].plugin_content;
  CHECK(session.find(std::string("\x0a\x04rate\x12\x09\x11\0\0\0\0\0\0\xd0\x3f", 17)) !=
        std::string::npos);
  CHECK(session.find(std::string("\x0a\x05"
                                 "batch\x12\x09\x11\0\0\0\0\0\0\x60\x40",
                                 18)) != std::string::npos);
  CHECK(session.find(std::string("\x0a\x04norm\x12\x02\x20\x01", 10)) != std::string::npos);
  CHECK(session.find("\x0a\x04rule\x12\x06\x1a\x04"
                     "adam") != std::string::npos);
}

TEST_CASE("numbers outside of [0, 1] are cut to the range of a byte, and NaN is black") {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  const Tensor pixels = vector({-1, 0.5f, 2, std::nanf("")});
  writer.image("x", reshape(pixels, {1, 4}), 0);
  const Png png = decode_png(read_events(directory.path())[1].strings[2]);
  CHECK(png.width == 4);
  CHECK(png.height == 1);
  CHECK(png.pixels == std::vector<std::uint8_t>{0, 0, 0, 127, 127, 127, 255, 255, 255, 0, 0, 0});
}

TEST_CASE("bins are equal parts, without their upper ends but the last") {
  CHECK(counts(binned({0, 1, 2, 3, 4}, 4)) == std::vector<double>{1, 1, 1, 2});
  CHECK(counts(binned({-1, -1, 1}, 2)) == std::vector<double>{2, 1});
  const auto one = binned({3, 3}, 2);
  CHECK(one[0].low == 2.5);
  CHECK(one[1].low == 3);
  CHECK(one[1].high == 3.5);
  CHECK(counts(one) == std::vector<double>{0, 2});
  CHECK(counts(binned({}, 3)) == std::vector<double>{0, 0, 0});
  // 0.7 is below the edge 7/10 of ten parts of [0, 1] in no rounding.
  const auto tenths = binned({0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}, 10);
  double sum = 0;
  for (const Bin& bin : tenths) sum += bin.count;
  CHECK(sum == 11);
  const double huge = std::numeric_limits<double>::max();
  CHECK(counts(binned({-huge, huge, 0.5}, 2)) == std::vector<double>{1, 2});
}

TEST_CASE("events refuse what they cannot show") {
  const TemporaryDirectory directory;
  EventWriter writer(directory.path());
  CHECK(fails<InvalidArgument>([&] { writer.scalar("", 1, 1); }, {"tag"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.hparams({{"", 1}}); }, {"tag"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.hparams({}, {""}); }, {"tag"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.scalar("loss", 1, -1); }, {"loss", "step -1"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.text("note", "\xff", 1); }, {"UTF-8"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.scalar("\xff", 1, 1); }, {"UTF-8"}) == "");
  for (const Shape& shape : {Shape{3}, Shape{4, 4, 2}, Shape{1, 4, 4, 3}, Shape{0, 4}}) {
    CHECK(fails<InvalidArgument>([&] { writer.image("x", zeros(shape), 1); }, {"[H,W]"}) == "");
  }
  CHECK(fails<InvalidArgument>(
            [&] {
              writer.image("x", zeros({2, 2}, int32), 1);
            },
            {"int32"}) == "");
  CHECK(fails<InvalidArgument>(
            [&] {
              writer.histogram("w", vector({1, std::nanf("")}), 1);
            },
            {"1 of 2"}) == "");
  CHECK(fails<InvalidArgument>([&] { writer.histogram("w", vector({1}), 1, 0); }, {"0 bins"}) ==
        "");
  CHECK(read_events(directory.path()).size() == 1);
  writer.close();
  writer.close();
  CHECK(fails<InvalidArgument>([&] { writer.scalar("loss", 1, 1); }, {"closed"}) == "");
  CHECK(fails<IoError>([] { EventWriter none("/proc/no"); }, {"/proc/no", "cannot be opened"}) ==
        "");
}

}  // namespace linseed::test
