// Whole files.
#pragma once

#include <filesystem>
#include <string>

namespace linseed::data {

/// The content of a file. IoError, with its name and the system's words, if it cannot be read;
/// DataCorruption if there are more than `most` bytes.
std::string read_file_bytes(const std::filesystem::path& file,
                            std::size_t most = std::size_t{1} << 30);

}  // namespace linseed::data
