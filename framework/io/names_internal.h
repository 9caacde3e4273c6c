// Names of a tree's parts as names in an HDF5 file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace linseed::io {

/// `name` as HDF5 can hold it: '%', '/', control characters, "." and ".." become %XX; "" becomes a
/// lone "%".
std::string escape_name(std::string_view name);

/// The name that `escape_name` turns into `escaped`; none if there is no such name.
std::optional<std::string> unescape_name(std::string_view escaped);

/// `path` with one more name, escaped.
std::string join_path(const std::string& path, std::string_view name);

}  // namespace linseed::io
