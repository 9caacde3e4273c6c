#include <linseed/framework/report/picture_internal.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <linseed/framework/report/elements_internal.h>
#include <linseed/framework/report/html_internal.h>
#include <linseed/framework/report/png.h>

namespace linseed::page {
namespace {

constexpr std::int64_t kMostFilters = 256;
constexpr std::int64_t kMostPixels = 64;  // of a side of a filter

/// As bytes: NaN is 0, what lies outside of [0, 1] is cut.
std::uint8_t byte_of(float value) {
  return static_cast<std::uint8_t>(std::lround(255 * (value > 0 ? std::min(value, 1.F) : 0.F)));
}

/// Filter `index` of a kernel [h,w,in,out] with its weights between 0 and 1.
std::vector<float> filter(std::span<const float> kernel, std::int64_t count, std::int64_t index) {
  std::vector<float> weights;
  for (auto i = static_cast<std::size_t>(index); i < kernel.size();
       i += static_cast<std::size_t>(count)) {
    weights.push_back(kernel[i]);
  }
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  for (const float weight : weights) {
    if (!std::isfinite(weight)) continue;
    low = std::min(low, weight);
    high = std::max(high, weight);
  }
  for (float& weight : weights) weight = high > low ? (weight - low) / (high - low) : 0.5F;
  return weights;
}

}  // namespace

std::string picture(std::span<const float> pixels, std::int64_t height, std::int64_t width,
                    std::int64_t channels, std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < static_cast<std::size_t>(height * width); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t channel = channels == 3 ? c : 0;
      bytes.push_back(byte_of(pixels[i * static_cast<std::size_t>(channels) + channel]));
    }
  }
  const std::string png =
      png_of(bytes, static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height));
  return fmt::format("<img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\" title=\"{}\"/>",
                     data_uri("image/png", png), width, height, escaped(text), escaped(text));
}

bool is_first_kernel(const TensorSpec& spec) {
  const Shape& shape = spec.shape;
  return is_floating(spec.dtype) && shape.ndim() == 4 && (shape[2] == 1 || shape[2] == 3) &&
         shape.size() > 0 && std::max(shape[0], shape[1]) <= kMostPixels;
}

std::string filters(const Tensor& kernel) {
  std::vector<float> values;
  for_each_element(kernel, [&](double value) { values.push_back(static_cast<float>(value)); });
  const std::int64_t count = kernel.dim(3);
  std::string html = "<div class=\"filters\">";
  for (std::int64_t i = 0; i < std::min(count, kMostFilters); ++i) {
    html += picture(filter(values, count, i), kernel.dim(0), kernel.dim(1), kernel.dim(2),
                    fmt::format("filter {}", i));
  }
  return html + "</div>\n";
}

}  // namespace linseed::page
