// sum_unpool read where it is needed.
//
// Where windows cut an image up, sum_unpool gives all places of a window the same: with
// x [n, h·kh, w·kw, c] seen as [n, h, kh, w, kw, c], it is dy [n, h, 1, w, 1, c], which broadcasts.
#include <algorithm>
#include <utility>
#include <vector>

#include <linseed/framework/kernels/fused.h>
#include <linseed/framework/kernels/pooling.h>
#include <linseed/framework/plan/definitions.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using kernels::Fusion;
using kernels::PoolingAttributes;
using kernels::Spatial;
using Step = Program::Step;

/// Pixels of fewer channels are copied one by one for longer than spreading them takes: measured,
/// 1.1 to 2 times the time for 6 and less, 0.83 to 0.97 for 16 and more.
constexpr std::int64_t kFewestChannels = 16;

/// Whether each element of what is pooled, of a shape [n,spatial…,c], is in one window.
bool cuts_up(const PoolingAttributes& pooling, const Shape& pooled) {
  const Spatial positions = kernels::spatial_sizes(pooled, 1, 1);
  bool fits = !pooling.window.has_padding() && pooling.window.stride == pooling.window_size;
  for (std::size_t d = 0; d < positions.size(); ++d) {
    fits = fits && positions[d] * pooling.window_size[d] == pooling.input_size[d];
  }
  return fits;
}

/// Each spatial dimension of images [n,spatial…,c] as two: the windows, and the places of one.
class Windows {
 public:
  Windows(const Shape& image, const Spatial& window) : image_(image), window_(window) {}

  /// What broadcasts to an image, so that it broadcasts to such a one.
  Shape split(const Shape& shape) const {
    const int missing = image_.ndim() - shape.ndim();
    Shape result;
    for (int axis = 0; axis < shape.ndim(); ++axis) {
      const bool is_split = is_spatial(axis + missing);
      const std::int64_t places = is_split && shape[axis] != 1 ? window(axis + missing) : 1;
      result.push_back(shape[axis] / places);
      if (is_split) result.push_back(places);
    }
    return result;
  }

  std::vector<int> split_axes(const std::vector<int>& axes) const {
    std::vector<int> result;
    int next = 0;
    for (int axis = 0; axis < image_.ndim(); ++axis) {
      const int count = is_spatial(axis) ? 2 : 1;
      if (std::ranges::find(axes, axis) != axes.end()) {
        for (int i = 0; i < count; ++i) result.push_back(next + i);
      }
      next += count;
    }
    return result;
  }

 private:
  bool is_spatial(int axis) const { return axis > 0 && axis + 1 < image_.ndim(); }
  std::int64_t window(int axis) const {
    return window_[kernels::spatial_place(image_.ndim() - 2, axis - 1)];
  }

  const Shape& image_;
  const Spatial& window_;
};

}  // namespace

Program broadcast_windows(Program program) {
  const Definitions definitions(program);
  std::vector<Step> steps = program.steps;
  for (Step& step : steps) {
    if (step.primitive->kernel != kernels::fused) continue;
    const Fusion& fusion = step.attributes.as<kernels::FusedAttributes>().fusion;
    const auto unpooled = std::ranges::find_if(step.inputs, [&](int x) {
      const Step* const made = definitions.of(x);
      return made != nullptr && made->primitive->kernel == kernels::sum_unpool &&
             program.spec(x).shape == fusion.shape &&
             kernels::row_length(fusion.shape) >= kFewestChannels &&
             cuts_up(made->attributes.as<PoolingAttributes>(), program.spec(made->inputs[0]).shape);
    });
    if (unpooled == step.inputs.end()) continue;
    const Step& unpool = *definitions.of(*unpooled);
    const Windows windows(program.spec(*unpooled).shape,
                          unpool.attributes.as<PoolingAttributes>().window_size);
    Fusion over_windows = fusion;
    over_windows.shape = windows.split(fusion.shape);
    over_windows.axes = windows.split_axes(fusion.axes);
    for (TensorSpec& input : over_windows.inputs) input.shape = windows.split(input.shape);
    TensorSpec& pooled =
        over_windows.inputs[static_cast<std::size_t>(unpooled - step.inputs.begin())];
    // What each window has once: windows of one place each.
    const Shape& once = program.spec(unpool.inputs[0]).shape;
    pooled.shape = Windows(once, Spatial{1, 1, 1}).split(once);
    *unpooled = unpool.inputs[0];
    step.attributes = kernels::FusedAttributes(std::move(over_windows));
  }
  program.steps = std::move(steps);
  return without_unused(std::move(program));
}

}  // namespace linseed
