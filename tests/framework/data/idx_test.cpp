// Reading IDX files, sound and broken.
#include <linseed/framework/data/idx.h>

#include <vector>

#include <catch2/catch.hpp>

#include <linseed/tests/framework/data/idx_files.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::read_idx;

template <class T>
std::vector<T> values(const Tensor& tensor) {
  const auto data = tensor.data<T>();
  return {data.begin(), data.end()};
}

const std::string kSmall = idx_header(0x08, {2, 3}) + bytes({1, 2, 3, 4, 5, 255});

/// The message of the DataCorruption that reading a file with this content must end in.
std::string corruption(const std::string& content) {
  const TemporaryDirectory directory;
  const auto file = write_plain(directory.path() / "broken", content);
  try {
    read_idx(file);
  } catch (const DataCorruption& error) {
    CHECK_THAT(error.what(), Contains(file.string()));
    return error.what();
  }
  FAIL("no DataCorruption");
  return {};
}

}  // namespace

TEST_CASE("an IDX file reads the same plain and compressed") {
  const TemporaryDirectory directory;
  for (const auto& file : {write_plain(directory.path() / "plain", kSmall),
                           write_gzip(directory.path() / "gzip", kSmall)}) {
    const Tensor read = read_idx(file);
    CHECK(read.spec() == TensorSpec{{2, 3}, uint8});
    CHECK(values<std::uint8_t>(read) == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 255});
  }
}

TEST_CASE("elements of several bytes are read from big-endian") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "wide";

  write_plain(file, idx_header(0x0C, {2}) + bytes({0, 0, 1, 2, 255, 255, 255, 254}));
  CHECK(values<std::int32_t>(read_idx(file)) == std::vector<std::int32_t>{258, -2});

  write_plain(file, idx_header(0x0D, {1, 2}) + bytes({0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0}));
  CHECK(read_idx(file).shape() == Shape{1, 2});
  CHECK(values<float>(read_idx(file)) == std::vector<float>{1.f, -2.5f});

  write_plain(file, idx_header(0x0E, {1}) + bytes({0x3F, 0xF8, 0, 0, 0, 0, 0, 0}));
  CHECK(values<double>(read_idx(file)) == std::vector<double>{1.5});
}

TEST_CASE("an IDX file may hold no elements") {
  const TemporaryDirectory directory;
  const auto file = write_plain(directory.path() / "empty", idx_header(0x08, {0, 0xFFFFFFFF}));
  CHECK(read_idx(file).shape() == Shape{0, 0xFFFFFFFF});
}

TEST_CASE("a file that cannot be read is an IoError that says why") {
  const TemporaryDirectory directory;
  const auto missing = directory.path() / "missing";
  CHECK_THROWS_AS(read_idx(missing), IoError);
  CHECK_THROWS_WITH(read_idx(missing),
                    Contains(missing.string()) && Contains("No such file or directory"));
  CHECK_THROWS_AS(read_idx(directory.path()), IoError);
  CHECK_THROWS_WITH(read_idx(directory.path()), Contains("Is a directory"));
}

TEST_CASE("a header that is not IDX is refused with what it should be") {
  CHECK_THAT(corruption("PK\x03\x04"), Contains("expected 00 00") && Contains("found 50 4B"));
  CHECK_THAT(corruption(idx_header(0x09, {1}) + "x"), Contains("element type 0x09"));
  CHECK_THAT(corruption(bytes({0, 0, 8, 0, 7})), Contains("expected 1 to 8 dimensions, found 0"));
  CHECK_THAT(corruption(idx_header(0x08, {1, 1, 1, 1, 1, 1, 1, 1, 1}) + "x"),
             Contains("expected 1 to 8 dimensions, found 9"));
}

TEST_CASE("sizes beyond all measure are refused before memory is asked for") {
  CHECK_THAT(corruption(idx_header(0x08, {0xFFFFFFFF, 2})), Contains("more than 4 GiB"));
  CHECK_THAT(corruption(idx_header(0x0E, {1u << 29, 2})), Contains("more than 4 GiB"));
  // The product of these sizes is 2^64: it must not wrap round to 0.
  CHECK_THAT(corruption(idx_header(0x08, {1u << 31, 1u << 31, 4})), Contains("more than 4 GiB"));
}

TEST_CASE("data longer or shorter than the header says is refused with both lengths") {
  CHECK_THAT(corruption(kSmall.substr(0, kSmall.size() - 1)),
             Contains("expected 6 bytes") && Contains("found 5"));
  CHECK_THAT(corruption(kSmall + "x"), Contains("expected the end of the file after the 6 bytes"));
}

TEST_CASE("a plain file cut short at any byte is refused") {
  for (std::size_t length = 0; length < kSmall.size(); ++length) {
    INFO("length " << length);
    corruption(kSmall.substr(0, length));
  }
}

TEST_CASE("a compressed file cut short at any byte is refused") {
  const TemporaryDirectory directory;
  const std::string whole = read_all(write_gzip(directory.path() / "whole.gz", kSmall));
  REQUIRE(whole.size() > 18);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO("length " << length);
    const std::string message = corruption(whole.substr(0, length));
    if (length >= 2) CHECK_THAT(message, Contains("unexpected end of file"));
  }
}

TEST_CASE("a compressed file with any bit flipped is refused or reads the same") {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "flipped.gz";
  const std::string whole = read_all(write_gzip(file, kSmall));
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    INFO("bit " << bit);
    std::string content = whole;
    content[bit / 8] = static_cast<char>(content[bit / 8] ^ 1 << bit % 8);
    write_plain(file, content);
    try {
      const Tensor read = read_idx(file);
      CHECK(values<std::uint8_t>(read) == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 255});
    } catch (const DataCorruption&) {
      ++refused;
    }
  }
  // Without effect are bits of the header, such as its time, and those that fill the last byte.
  CHECK(refused >= 8 * static_cast<int>(whole.size() - 11));
}

}  // namespace linseed::test
