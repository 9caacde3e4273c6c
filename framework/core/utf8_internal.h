// UTF-8, read from bytes that may be anything.
#pragma once

#include <cstddef>
#include <string_view>

namespace linseed {

/// The bytes of the character that `text` begins with, or 0 if it begins with none. `text` is not
/// empty.
std::size_t length_of_character(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace linseed
