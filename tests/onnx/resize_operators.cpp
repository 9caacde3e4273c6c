// Resize.
#include <numeric>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
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

/// "half_pixel", rounded or interpolated as nn::resize does. Of two pixels equally near it takes
/// the right one, and ONNX, by default, the left one: linseed's in a mirror. Undefined if it does
/// not serve.
Tensor by_layer(const NodeTest& test) {
  const Tensor x = channels_last(test.inputs[0]);
  const Shape sizes = resized_spatial_dims(test);
  if (test.text("coordinate_transformation_mode", "half_pixel") != "half_pixel") return {};
  if (test.text("mode", "nearest") == "linear") {
    bool grows = true;
    for (int i = 0; i < sizes.ndim(); ++i) grows = grows && sizes[i] >= x.dim(i + 1);
    return grows ? nn::resize(x, sizes, nn::Interpolation::linear) : Tensor();
  }
  const std::string rounding = test.text("nearest_mode", "round_prefer_floor");
  if (rounding == "round_prefer_ceil") return nn::resize(x, sizes, nn::Interpolation::nearest);
  if (rounding != "round_prefer_floor") return {};
  std::vector<int> spatial_axes(static_cast<std::size_t>(sizes.ndim()));
  std::iota(spatial_axes.begin(), spatial_axes.end(), 1);
  const Axes axes(spatial_axes);
  return flip(nn::resize(flip(x, axes), sizes, nn::Interpolation::nearest), axes);
}

/// Where along `axis` the `size` pixels of the result lie, in pixels of x.
Tensor places(const NodeTest& test, int axis, std::int64_t size) {
  const std::string mode = test.text("coordinate_transformation_mode", "half_pixel");
  const auto at = static_cast<std::size_t>(axis);
  const auto last = static_cast<double>(test.inputs[0].dim(axis) - 1);
  const double scale = test.has_input(3) ? static_cast<double>(size) / (last + 1)
                                         : double{test.inputs[2].data<float>()[at]};
  const Tensor i = arange(size, float64);
  if (mode == "asymmetric") return i / scale;
  if (mode == "tf_half_pixel_for_nn") return (i + 0.5) / scale;
  if (mode == "align_corners") return i * (last / (scale * (last + 1) - 1));
  if (mode == "tf_crop_and_resize") {  // between the two ends that "roi" says
    const auto ends = test.inputs[1].data<float>();
    const double begin = double{ends[at]} * last;
    const double end = double{ends[ends.size() / 2 + at]} * last;
    return begin + i * ((end - begin) / static_cast<double>(size - 1));
  }
  if (mode == "pytorch_half_pixel" && size == 1) return zeros_like(i);
  return (i + 0.5) / scale - 0.5;
}

/// What nn::resize does not serve, as its user would do it: pixels taken along each dimension.
Tensor by_places(const NodeTest& test) {
  const bool is_linear = test.text("mode", "nearest") == "linear";
  const std::string rounding = test.text("nearest_mode", "round_prefer_floor");
  const Shape sizes = resized_spatial_dims(test);
  Tensor y = test.inputs[0];
  for (int axis = 2; axis < y.ndim(); ++axis) {
    const std::int64_t size = sizes[axis - 2], last = y.dim(axis) - 1;
    const Tensor place = places(test, axis, size);
    const auto pixels = [&](const Tensor& number) {
      return take(y, astype(clip(number, 0, last), int32), axis);
    };
    if (!is_linear) {
      y = pixels(rounding == "floor"               ? floor(place)
                 : rounding == "ceil"              ? ceil(place)
                 : rounding == "round_prefer_ceil" ? floor(place + 0.5)
                                                   : ceil(place - 0.5));
      continue;
    }
    Shape along(std::vector<std::int64_t>(static_cast<std::size_t>(y.ndim()), 1));
    along[axis] = size;
    const Tensor weight = astype(reshape(place - floor(place), along), y.dtype());
    y = pixels(floor(place)) * (1 - weight) + pixels(floor(place) + 1) * weight;
    if (test.text("coordinate_transformation_mode", "") != "tf_crop_and_resize") continue;
    const Tensor is_outside = reshape(logical_or(place<0, place> last), along);
    y = where(is_outside, test.number("extrapolation_value", 0), y);
  }
  return y;
}

std::vector<Tensor> resize(const NodeTest& test) {
  if (test.text("mode", "nearest") == "cubic") throw NotSupported("resize: cubic");
  const Tensor y = by_layer(test);
  return {y.defined() ? channels_first(y) : by_places(test)};
}

}  // namespace

Operators resize_operators() { return {{"Resize", resize}}; }

}  // namespace linseed::test::onnx
