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
  // g++ writes "[with auto member = &S::name; …]", clang "[member = &S::name]". Each constant is
  // one of the compiler's, so that no call reads text.
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::string_view after = all.substr(all.find("member = ") + 9);
  constexpr std::string_view pointer = after.substr(0, after.find_first_of(";]"));
  constexpr std::string_view last = pointer.substr(pointer.rfind("::") + 2);
  constexpr std::string_view name = last.substr(0, last.find(')'));
  return name;
}

}  // namespace tree
}  // namespace linseed
