// What went wrong, as a text that a failing CHECK shows.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <linseed/framework/core/error.h>

namespace linseed::test {

/// "" if `message` contains all of `words`, else what is missing.
inline std::string missing_words(const std::string& message,
                                 std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (message.find(word) == std::string::npos) {
      return fmt::format("no \"{}\" in: {}", word, message);
    }
  }
  return "";
}

/// "" if `f` throws an E whose message contains all of `words`, else what happened instead.
template <class E, class F>
std::string fails(F&& f, std::initializer_list<std::string_view> words) {
  try {
    f();
  } catch (const E& error) {
    return missing_words(error.what(), words);
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "nothing was thrown";
}

/// The same for a rule of the module system.
template <class F>
std::string breaks(ModuleRule rule, F&& f, std::initializer_list<std::string_view> words) {
  try {
    f();
  } catch (const ModuleError& error) {
    if (error.rule() != rule) return std::string("another rule: ") + error.what();
    return missing_words(error.what(), words);
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "nothing was thrown";
}

/// How often `part` occurs in `text`.
inline int occurrences(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace linseed::test
