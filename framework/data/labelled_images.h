// Images side by side, as networks take them.
#pragma once

#include <linseed/framework/core/tree.h>

namespace linseed::data {

/// Images and the class of each.
///   images [n, height, width, channels] float32 in [0, 1]
///   labels [n] int32 in [0, number of classes)
struct LabelledImages {
  Tensor images;
  Tensor labels;
  static constexpr auto tree = fields<&LabelledImages::images, &LabelledImages::labels>;
};

}  // namespace linseed::data
