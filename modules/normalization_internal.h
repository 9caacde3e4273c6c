// What normalisations share.
#pragma once

#include <string_view>

#include <linseed/framework/module/initializers.h>

namespace linseed::nn {

/// x in promote(float32, dtype), in which statistics are computed. InvalidArgument, beginning with
/// `who`, for a negative epsilon and for a dtype that is not floating.
Tensor normalization_input(const Tensor& x, float epsilon, DType dtype, std::string_view who);

/// What a normalisation learns: which of the parameters "scale" and "bias" there are, and how they
/// begin.
struct Affine {
  bool scale;
  bool bias;
  Initializer scale_init;
  Initializer bias_init = {};
};

/// x · scale + bias, parameters of the running module of shape `shape`, reshaped to `beside` to
/// stand beside x, and converted to `dtype` before.
Tensor scale_and_shift(Tensor x, const Affine& affine, const Shape& shape, const Shape& beside,
                       DType dtype);

/// The same with the sizes of the axes `axis` of x for a shape.
Tensor scale_and_shift(const Tensor& x, const Affine& affine, const Axes& axis, DType dtype);

}  // namespace linseed::nn
