#include <charconv>

#include <fmt/format.h>

#include <linseed/framework/io/names_internal.h>

#include <algorithm>

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

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::string_view escaped = path.substr(0, path.find('/'));
    names.push_back(unescape_name(escaped).value_or(std::string(escaped)));
    path.remove_prefix(std::min(escaped.size() + 1, path.size()));
  }
  return names;
}

}  // namespace linseed::io
