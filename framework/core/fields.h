// Lists of a struct's members, by which the struct can be walked.
#pragma once

#include <string_view>

namespace linseed {

/// The members that make a struct a tree, in order:
/// `static constexpr auto tree = linseed::fields<&S::a, &S::b>;`. Members that are no trees
/// themselves (numbers, strings) are part of the structure: `jit` compares them by `==`.
/// Attributes of primitives have the same line, to be written as text and read back.
template <auto... members>
struct Fields {};
template <auto... members>
inline constexpr Fields<members...> fields{};

namespace tree {

/// The name of a member, from its pointer: "optimizer" for `&TrainState::optimizer`.
template <auto member>
constexpr std::string_view member_name() {
  // g++ writes "[with auto member = &S::name; …]", clang "[member = &S::name]".
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("member = ") + 9);
  text = text.substr(0, text.find_first_of(";]"));
  text = text.substr(text.rfind("::") + 2);
  return text.substr(0, text.find(')'));
}

}  // namespace tree
}  // namespace linseed
