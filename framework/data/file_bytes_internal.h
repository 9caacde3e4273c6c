// Whole files.
#pragma once

#include <filesystem>
#include <string>

namespace linseed::data {

/// The content of a file; IoError, with its name and the system's words, if it cannot be read.
std::string read_file_bytes(const std::filesystem::path& file);

}  // namespace linseed::data
