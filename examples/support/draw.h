// Grey images as characters.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace example {

/// A drawing, line by line, all of the same width.
using Drawing = std::vector<std::string>;

/// An image of rows of `width` pixels from 0 (black, a space) to 1 (white, '@'). A character is
/// about twice as high as wide, so each stands for the mean of two pixels, one above the other:
/// 28 × 28 pixels become 14 lines of 28 characters. InvalidArgument if the rows are not whole.
Drawing draw(std::span<const float> pixels, int width);

/// Drawings side by side, each under its caption. InvalidArgument if there is not one caption for
/// each.
std::string side_by_side(const std::vector<Drawing>& drawings,
                         const std::vector<std::string>& captions);

}  // namespace example
