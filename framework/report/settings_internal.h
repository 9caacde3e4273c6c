// Settings: JSON that a file holds, which may be anything.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace linseed {

inline constexpr int kMostSettingsDepth = 8;  // of settings: those who print them recurse

/// The object that `text` is, without what is nested deeper than `depth` containers; null if it is
/// none.
nlohmann::ordered_json parse_object(std::string_view text, int depth = kMostSettingsDepth);

}  // namespace linseed
