// Damaged files give a typed error or the right data, never a crash.
#include <sys/wait.h>

#include <iostream>
#include <random>

#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/checksum_internal.h>
#include <linseed/tests/framework/io/faulty_files.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// A small checkpoint, and what became of it.
class Damaged {
 public:
  Damaged() {
    FaultyFiles files;
    io::save(files, directory_.path(), io::describe(state_), 1, {.config = "{}"}, {});
    sound_ = read_file(path());
  }

  const std::string& sound() const { return sound_; }
  std::filesystem::path path() const { return directory_.path() / "checkpoint_1"; }

  /// How often something else was restored than had been saved.
  int wrong() const { return wrong_; }

  /// Restores from `bytes`. True if that worked.
  bool restores(const std::string& bytes) {
    std::fstream(path(), std::ios::binary | std::ios::in | std::ios::out) << bytes;
    std::filesystem::resize_file(path(), bytes.size());
    try {
      const Tree restored = restore_checkpoint(directory_.path(), state_).value;
      const std::string config = checkpoint_config(directory_.path());
      if (!same_tree(restored, state_) || config != "{}") ++wrong_;
      return true;
    } catch (const Error&) {
      return false;
    }
  }

 private:
  TemporaryDirectory directory_;
  Tree state_{{"kernel", Tensor::from({1.f, 2.f, 3.f}, {3})},
              {"flag", Tensor::from({true, false}, {2})},
              {"empty", Tree()}};
  std::string sound_;
  int wrong_ = 0;
};

std::string with_flipped_bit(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  return bytes;
}

/// `bytes` under a header that fits them: damage that no checksum of the whole sees.
std::string resealed(const std::string& bytes) {
  io::Header header = io::decode_header(bytes_of(bytes), "sound");
  const std::string payload = bytes.substr(io::kHeaderBytes);
  header.payload_bytes = payload.size();
  header.payload_crc = io::crc32c(bytes_of(payload));
  const auto encoded = io::encode_header(header);
  return std::string(reinterpret_cast<const char*>(encoded.data()), encoded.size()) + payload;
}

}  // namespace

TEST_CASE("the checksum is CRC-32C") {
  CHECK(io::crc32c(bytes_of("123456789")) == 0xe3069283);
  CHECK(io::crc32c({}) == 0);
}

TEST_CASE("a checkpoint cut off at any byte is refused") {
  Damaged damaged;
  CHECK(damaged.restores(damaged.sound()));
  CHECK(damaged.wrong() == 0);
  for (std::size_t size = 0; size < damaged.sound().size(); ++size) {
    if (damaged.restores(damaged.sound().substr(0, size))) FAIL("restored from " << size);
  }
  CHECK(!damaged.restores(damaged.sound() + "x"));
  std::cout << damaged.sound().size() << " truncations\n";
}

TEST_CASE("any flipped bit of the header is seen") {
  Damaged damaged;
  for (std::size_t bit = 0; bit < 8 * io::kHeaderBytes; ++bit) {
    if (damaged.restores(with_flipped_bit(damaged.sound(), bit))) FAIL("not seen: bit " << bit);
  }
}

TEST_CASE("random damage is seen") {
  Damaged damaged;
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes = damaged.sound();
    for (auto flips = random() % 3 + 1; flips > 0; --flips) {
      bytes = with_flipped_bit(bytes, random() % (8 * bytes.size()));
    }
    if (bytes != damaged.sound() && damaged.restores(bytes)) FAIL("not seen: damage " << i);
  }
}

TEST_CASE("a flipped bit under a header that fits gives an error or the right data") {
  Damaged damaged;
  // In a child, since libhdf5 does not free what it had begun to read of a damaged file.
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::mt19937 random(2);
    int restored = 0;
    const std::size_t begin = 8 * io::kHeaderBytes;
    for (int i = 0; i < 5000; ++i) {
      const std::size_t bit = begin + random() % (8 * damaged.sound().size() - begin);
      restored += damaged.restores(resealed(with_flipped_bit(damaged.sound(), bit)));
    }
    _exit(restored < 5000 && damaged.wrong() == 0 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("fallback passes over damaged checkpoints") {
  const TemporaryDirectory directory;
  for (int step = 1; step <= 3; ++step) {
    save_checkpoint(directory.path(), Tensor(step), step, {.keep = 3});
  }
  const auto damage = [&](int step) {
    const auto path = directory.path() / ("checkpoint_" + std::to_string(step));
    write_file(path, with_flipped_bit(read_file(path), 9000));
  };
  damage(3);
  CHECK_THROWS_AS(restore_checkpoint(directory.path(), Tensor(0)), DataCorruption);
  const auto [value, step] = restore_checkpoint(directory.path(), Tensor(0), {.fallback = true});
  CHECK(step == 2);
  CHECK(value.item<int>() == 2);
  damage(2);
  damage(1);
  const auto restore_any = [&] {
    restore_checkpoint(directory.path(), Tensor(0), {.fallback = true});
  };
  CHECK_THAT(message_of<DataCorruption>(restore_any), Catch::Contains("checkpoint_3"));
}

TEST_CASE("a version of the format that is not known is said to be so") {
  Damaged damaged;
  std::string bytes = damaged.sound();
  bytes[8] = 2;
  const std::uint32_t crc = io::crc32c(bytes_of(bytes).first(508));
  std::memcpy(&bytes[508], &crc, sizeof crc);
  write_file(damaged.path(), bytes);
  CHECK_THROWS_AS(checkpoint_config(damaged.path().parent_path()), NotSupported);
}
