// The four files that MNIST and its relatives are published in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace linseed::data {

/// The file `stem`-`kind` in `directory`, such as train-images-idx3-ubyte, under any of the names
/// it goes by: compressed (.gz) or not, also spelled with a dot (train-images.idx3-ubyte).
inline std::optional<std::filesystem::path> find_idx_file(const std::filesystem::path& directory,
                                                          const std::string& stem,
                                                          const std::string& kind) {
  for (const char* separator : {"-", "."}) {
    for (const char* suffix : {"", ".gz"}) {
      std::filesystem::path file = directory / (stem + separator + kind + suffix);
      std::error_code ignored;  // a file that cannot be looked at is as good as missing
      if (std::filesystem::exists(file, ignored)) return file;
    }
  }
  return std::nullopt;
}

}  // namespace linseed::data
