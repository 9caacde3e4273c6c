#include "support/draw.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

namespace example {
namespace {

constexpr std::string_view kRamp = " .:-=+*#%@";

char character_of(float grey) {
  // Written so that a NaN, too, is a character.
  const float clamped = grey > 0 ? std::min(grey, 1.f) : 0.f;
  return kRamp[static_cast<std::size_t>(clamped * static_cast<float>(kRamp.size() - 1) + 0.5f)];
}

}  // namespace

Drawing draw(std::span<const float> pixels, int width) {
  const auto columns = static_cast<std::size_t>(width);
  if (width < 1 || pixels.size() % columns != 0) {
    throw linseed::InvalidArgument("draw: {} pixels are no rows of {}", pixels.size(), width);
  }
  const std::size_t rows = pixels.size() / columns;
  Drawing lines;
  for (std::size_t row = 0; row < rows; row += 2) {
    const auto upper = pixels.subspan(row * columns, columns);
    const auto lower = row + 1 < rows ? pixels.subspan((row + 1) * columns, columns) : upper;
    std::string line(columns, ' ');
    std::transform(upper.begin(), upper.end(), lower.begin(), line.begin(),
                   [](float a, float b) { return character_of((a + b) / 2); });
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string side_by_side(const std::vector<Drawing>& drawings,
                         const std::vector<std::string>& captions) {
  if (drawings.size() != captions.size()) {
    throw linseed::InvalidArgument("side_by_side: {} drawings with {} captions", drawings.size(),
                                   captions.size());
  }
  std::vector<Drawing> columns = drawings;
  std::size_t height = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i].insert(columns[i].begin(), captions[i]);
    height = std::max(height, columns[i].size());
  }
  std::string result;
  for (std::size_t row = 0; row < height; ++row) {
    std::string line;
    for (const Drawing& column : columns) {
      const std::size_t width = std::max(column.front().size(), column.back().size());
      line += fmt::format("{:<{}}  ", row < column.size() ? column[row] : "", width);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

}  // namespace example
