#include "support/write_file.h"

#include <fstream>

#include <linseed/framework/core/error.h>

namespace example {

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::error_code ignored;  // without its folder, the file cannot be written either
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  stream.close();
  if (!stream) throw linseed::IoError("{} cannot be written", file.string());
}

}  // namespace example
