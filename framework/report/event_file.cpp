#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>

#include <fmt/core.h>

#include <linseed/framework/io/checksum_internal.h>
#include <linseed/framework/report/event_file_internal.h>
#include <linseed/framework/report/event_message_internal.h>

namespace linseed {
namespace {

/// The least significant byte first.
template <class T>
std::string little_endian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A checksum of what has checksums in it would be weak: so it is masked.
std::string masked_crc(std::string_view data) {
  const std::uint32_t crc = io::crc32c(std::as_bytes(std::span(data)));
  return little_endian(std::rotr(crc, 15) + 0xa282ead8U);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

/// Unlike that of every other file of this host.
std::string new_name() {
  static std::atomic<int> count = 0;
  return fmt::format("events.out.tfevents.{}.{}.{}.{}", std::time(nullptr), host_name(), getpid(),
                     count++);
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& directory)
    : file_(directory / new_name(), AppendFile::Opened::only_new) {
  append(first_event());
}

void EventFile::append(std::string_view data) {
  std::string record = little_endian(std::uint64_t{data.size()});
  record += masked_crc(record);
  record += data;
  record += masked_crc(data);
  file_.append(record);
}

}  // namespace linseed
