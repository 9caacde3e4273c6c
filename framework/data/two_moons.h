// Two half circles of points that a line cannot tell apart.
#pragma once

#include <linseed/framework/core/tree.h>

namespace linseed::data {

/// Points of a plane and the class of each.
///   points [n, 2] float32
///   labels [n] int32
struct LabelledPoints {
  Tensor points;
  Tensor labels;
  static constexpr auto tree = fields<&LabelledPoints::points, &LabelledPoints::labels>;
};

/// `size` points, every other one of class 1. Those of class 0 lie on (cos t, sin t), those of
/// class 1 on (1 − cos t, ½ − sin t), t uniform in [0, π), each moved by normal noise of that
/// standard deviation. A tree, so Batches takes it. InvalidArgument if a number is negative.
LabelledPoints two_moons(const Tensor& key, std::int64_t size, float noise = 0.1f);

}  // namespace linseed::data
