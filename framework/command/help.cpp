#include <linseed/framework/command/help.h>

#include <algorithm>

#include <fmt/format.h>

namespace linseed::command {
namespace {

constexpr std::size_t kLeft = 28, kWidth = 100;

/// `text` in lines that fit beside the options.
std::string wrapped(std::string_view text) {
  std::string result;
  std::size_t length = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const bool fits = length + 1 + word.size() <= kWidth - kLeft;
    if (!result.empty()) result += fits ? ' ' : '\n';
    length = (fits && length > 0 ? length + 1 : 0) + word.size();
    result += word;
  }
  return result;
}

}  // namespace

HelpFormatter::HelpFormatter() {
  column_width(kLeft);
  label("Positionals", "Arguments");
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0 || option->get_positional()) return "";
  const std::string type = option->get_type_name();
  return ' ' + type.substr(0, type.find(':'));
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const std::string value = option->get_default_str();
  const std::string& text = option->get_description();
  return wrapped(value.empty() ? text : fmt::format("{} (default: {})", text, value));
}

}  // namespace linseed::command
