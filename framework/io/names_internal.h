// Names of a tree's parts as names in an HDF5 file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linseed::io {

/// `name` as HDF5 can hold it: '%', '/', control characters, "." and ".." become %XX; "" becomes a
/// lone "%".
std::string escape_name(std::string_view name);

/// The name that `escape_name` turns into `escaped`; none if there is no such name.
std::optional<std::string> unescape_name(std::string_view escaped);

/// `path` with one more name, escaped.
std::string join_path(const std::string& path, std::string_view name);

/// The names that join_path put together. A part of `path` that is no escaped name stays as it is.
std::vector<std::string> split_path(std::string_view path);

}  // namespace linseed::io
