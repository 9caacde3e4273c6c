// What a JPEG file says besides its pixels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace linseed::data {

/// What is wrong with the segments of a JPEG, if anything is.
std::optional<std::string> flaw_of_jpeg(std::string_view bytes);

/// How a camera was held: the tag Orientation of EXIF (CIPA DC-008, 4.6.4), the place of the stored
/// picture's first row and column in what was seen.
///   1 top, left        2 top, right       3 bottom, right    4 bottom, left
///   5 left, top        6 right, top       7 right, bottom    8 left, bottom
/// 1 where the file does not say, or says nonsense.
int orientation_of_jpeg(std::string_view bytes);

}  // namespace linseed::data
