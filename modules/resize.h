// Images of another size: interpolation. It has no parameters, so these are functions.
#pragma once

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

enum class Interpolation { nearest, linear };

/// x [n, spatial…, c] with the spatial sizes `size` instead of its own, over any number of spatial
/// dimensions. Pixels are areas and their values stand at their centres, as in jax.image.resize:
/// along a dimension of d pixels made into m, place i of the result lies at
///   s = (i + ½) · d / m − ½
/// between the pixels of x.
///   nearest  the pixel ⌊s + ½⌋; any dtype
///   linear   of the two pixels beside s, each weighted by 1 − its distance; beyond the outermost
///            centres theirs; over several dimensions one after the other (bilinear, trilinear).
///            Floating tensors, and sizes not below those of x: between pixels that are skipped
///            there is nothing to see. Make images smaller with avg_pool.
/// InvalidArgument for another number of sizes than spatial dimensions, sizes below 1, an x without
/// pixels, and what is said above.
Tensor resize(const Tensor& x, const Shape& size, Interpolation method);

/// x [n, spatial…, c] with each spatial size times its factor, likewise: {2, 2} doubles height and
/// width.
Tensor upsample(const Tensor& x, const Shape& factors,
                Interpolation method = Interpolation::nearest);

}  // namespace linseed::nn
