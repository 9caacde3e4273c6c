// The node tests that linseed does not pass, each with the reason.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace linseed::test::onnx {

inline constexpr std::string_view kNoCubic = "linseed interpolates to the nearest or linearly";
inline constexpr std::string_view kOtherPlaces =
    "linseed's resize sees pixels as areas (half_pixel), as jax.image.resize";
inline constexpr std::string_view kLinearGrows = "linseed's linear resize does not make smaller";
inline constexpr std::string_view kOtherRandomNumbers =
    "its mask was drawn by NumPy's generator, linseed's is Threefry";
inline constexpr std::string_view kNoAdagrad = "linseed has no Adagrad";

inline const std::map<std::string, std::string_view> kExcluded{
    {"test_adagrad", kNoAdagrad},
    {"test_adagrad_multiple", kNoAdagrad},
    {"test_adam_multiple",
     "its numbers were made with ε = 0.01, but its model leaves the default 1e-6"},
    {"test_maxpool_2d_dilations", "linseed's pools have no dilation, as Flax's"},
    {"test_resize_downsample_scales_cubic", kNoCubic},
    {"test_resize_downsample_scales_cubic_A_n0p5_exclude_outside", kNoCubic},
    {"test_resize_downsample_scales_cubic_align_corners", kNoCubic},
    {"test_resize_downsample_scales_linear", kLinearGrows},
    {"test_resize_downsample_scales_linear_align_corners", kOtherPlaces},
    {"test_resize_downsample_sizes_cubic", kNoCubic},
    {"test_resize_downsample_sizes_linear_pytorch_half_pixel", kOtherPlaces},
    {"test_resize_downsample_sizes_nearest_tf_half_pixel_for_nn", kOtherPlaces},
    {"test_resize_tf_crop_and_resize", kOtherPlaces},
    {"test_resize_upsample_scales_cubic", kNoCubic},
    {"test_resize_upsample_scales_cubic_A_n0p5_exclude_outside", kNoCubic},
    {"test_resize_upsample_scales_cubic_align_corners", kNoCubic},
    {"test_resize_upsample_scales_cubic_asymmetric", kNoCubic},
    {"test_resize_upsample_scales_linear_align_corners", kOtherPlaces},
    {"test_resize_upsample_sizes_cubic", kNoCubic},
    {"test_resize_upsample_sizes_nearest_ceil_half_pixel",
     "linseed takes the nearest pixel, not the next one"},
    {"test_resize_upsample_sizes_nearest_floor_align_corners", kOtherPlaces},
    {"test_resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric", kOtherPlaces},
    {"test_training_dropout", kOtherRandomNumbers},
    {"test_training_dropout_default", kOtherRandomNumbers},
    {"test_training_dropout_default_mask", kOtherRandomNumbers},
    {"test_training_dropout_mask", kOtherRandomNumbers},
};

}  // namespace linseed::test::onnx
