#include <charconv>

#include <fmt/format.h>

#include <linseed/framework/io/names_internal.h>

namespace linseed::io {

std::string escape_name(std::string_view name) {
  if (name.empty()) return "%";
  const bool is_dots = name == "." || name == "..";
  std::string escaped;
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    if (is_dots || character == '%' || character == '/' || byte < 0x20 || byte == 0x7f) {
      escaped += fmt::format("%{:02X}", byte);
    } else {
      escaped += character;
    }
  }
  return escaped;
}

std::optional<std::string> unescape_name(std::string_view escaped) {
  std::string name;
  if (escaped == "%") return name;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      name += escaped[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = escaped.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || end - digits.data() != 2) return std::nullopt;
    name += static_cast<char>(byte);
    i += 2;
  }
  if (escape_name(name) != escaped) return std::nullopt;
  return name;
}

std::string join_path(const std::string& path, std::string_view name) {
  return path.empty() ? escape_name(name) : path + '/' + escape_name(name);
}

}  // namespace linseed::io
