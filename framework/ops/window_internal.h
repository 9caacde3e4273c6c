// From what a user says about a window to what kernels know of it.
#pragma once

#include <linseed/framework/kernels/window.h>
#include <linseed/framework/ops/window.h>

namespace linseed {

/// One number, at least 1, for each spatial dimension: `given`, or ones if it is empty.
/// InvalidArgument, beginning with `who`, for another count and for smaller numbers; `what` names
/// the list.
Shape one_per_dimension(const Shape& given, int spatial_dims, std::string_view who,
                        std::string_view what);

/// The window of `size` elements that slides over spatial sizes `input`; `strides` and `dilation`
/// may be empty.
kernels::Window make_window(const Shape& input, const Shape& size, const Shape& strides,
                            const Shape& dilation, const Padding& padding, std::string_view who);

/// How many places of a window of `size` elements lie inside of an image of `input` elements, over
/// all positions of the window together.
double places_inside(const kernels::Window& window, const kernels::Spatial& input,
                     const kernels::Spatial& size);

/// The spatial dimensions of a shape that has two others, `before` of them in front.
Shape spatial_shape(const Shape& shape, int before);

}  // namespace linseed
