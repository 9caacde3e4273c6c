// Files written whole.
#pragma once

#include <filesystem>
#include <string_view>

namespace example {

/// Writes `bytes` as that file, in place of what it held, and makes its folder if need be. IoError
/// if the system refuses.
void write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace example
