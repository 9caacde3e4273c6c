// Resize.
#include <numeric>

#include <linseed/framework/ops/rearrange.h>
#include <linseed/modules/resize.h>
#include <linseed/tests/onnx/operators.h>

namespace linseed::test::onnx {
namespace {

/// The sizes of the result: "sizes", or those of x times "scales", rounded down.
Shape resized_spatial_dims(const NodeTest& test) {
  Shape sizes;
  for (int i = 2; i < test.inputs[0].ndim(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    sizes.push_back(test.has_input(3)
                        ? test.inputs[3].data<std::int64_t>()[at]
                        : static_cast<std::int64_t>(static_cast<float>(test.inputs[0].dim(i)) *
                                                    test.inputs[2].data<float>()[at]));
  }
  return sizes;
}

/// Both see pixels as areas ("half_pixel"). Of two pixels equally near, linseed takes the right one
/// and ONNX, by default, the left one: linseed's in a mirror.
std::vector<Tensor> resize(const NodeTest& test) {
  const std::string mode = test.text("mode", "nearest");
  const std::string rounding = test.text("nearest_mode", "round_prefer_floor");
  const std::string places = test.text("coordinate_transformation_mode", "half_pixel");
  if (places != "half_pixel") throw NotSupported("resize: places as {}", places);
  const Tensor x = channels_last(test.inputs[0]);
  const Shape sizes = resized_spatial_dims(test);
  if (mode == "linear") return {channels_first(nn::resize(x, sizes, nn::Interpolation::linear))};
  if (mode != "nearest") throw NotSupported("resize: {}", mode);
  if (rounding == "round_prefer_ceil") {
    return {channels_first(nn::resize(x, sizes, nn::Interpolation::nearest))};
  }
  if (rounding != "round_prefer_floor") throw NotSupported("resize: {}", rounding);
  std::vector<int> spatial_axes(static_cast<std::size_t>(sizes.ndim()));
  std::iota(spatial_axes.begin(), spatial_axes.end(), 1);
  const Axes axes(spatial_axes);
  return {channels_first(flip(nn::resize(flip(x, axes), sizes, nn::Interpolation::nearest), axes))};
}

}  // namespace

Operators resize_operators() { return {{"Resize", resize}}; }

}  // namespace linseed::test::onnx
