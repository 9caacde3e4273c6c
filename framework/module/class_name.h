// The name of a class, as modules are named after it.
#pragma once

#include <string_view>

namespace linseed::nn {

/// The unqualified name of M without template arguments: "BatchNorm" for linseed::nn::BatchNorm.
template <class M>
constexpr std::string_view class_name() {
  // g++ writes "… [with M = ns::Name; …]", clang "… [M = ns::Name]".
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("M = ") + 4);
  int depth = 0;  // of brackets: a name may contain them
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (depth == 0 && (c == ';' || c == ']')) break;
    depth += c == '<' || c == '(' || c == '[';
    depth -= c == '>' || c == ')' || c == ']';
  }
  text = text.substr(0, end);
  if (text.back() == '>') {
    do {
      depth += text.back() == '>';
      depth -= text.back() == '<';
      text.remove_suffix(1);
    } while (depth > 0);
  }
  return text.substr(text.rfind("::") == std::string_view::npos ? 0 : text.rfind("::") + 2);
}

}  // namespace linseed::nn
