// Small CIFAR files, for the tests of the data readers.
#pragma once

#include <linseed/tests/framework/data/idx_files.h>

namespace linseed::test {

/// `count` records: labels, then 1,024 bytes each of red 10 + i, green 20 + i and blue 30 + i.
inline std::string cifar_records(int count, int label_bytes, int first_label = 0) {
  std::string result;
  for (int i = 0; i < count; ++i) {
    for (int k = 0; k < label_bytes; ++k) result += static_cast<char>(first_label + i + 10 * k);
    for (const int colour : {10, 20, 30})
      result += std::string(1024, static_cast<char>(colour + i));
    result.back() = 0;  // the blue of the last pixel
  }
  return result;
}

inline void write_cifar10(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (int i = 1; i <= 5; ++i) {
    write_plain(folder / ("data_batch_" + std::to_string(i) + ".bin"), cifar_records(i, 1, i));
  }
  write_plain(folder / "test_batch.bin", cifar_records(2, 1));
}

}  // namespace linseed::test
