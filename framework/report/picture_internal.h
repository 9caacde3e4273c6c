// Small pictures inside of the page.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <linseed/framework/core/tensor.h>

namespace linseed::page {

/// An <img> of `pixels` in [0, 1], height × width × channels: colours if these are 3, else the
/// first as grey. `text` is for those who do not see it, and for those who point at it.
std::string picture(std::span<const float> pixels, std::int64_t height, std::int64_t width,
                    std::int64_t channels, std::string_view text);

/// True for the kernel [h,w,in,out] of a convolution of grey or coloured images.
bool is_first_kernel(const TensorSpec& spec);

/// Its filters as pictures, the least weight of each black and the greatest white; of many the
/// first 256.
std::string filters(const Tensor& kernel);

}  // namespace linseed::page
