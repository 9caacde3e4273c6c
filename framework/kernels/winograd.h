// Correlations with a window of 3 × 3, with four ninths of the products: F(2 × 2, 3 × 3)
// (winograd_tiles.h), which costs no accuracy. Against float64, the root mean square of errors was
// 0.5 to 0.65 of the direct sums' for convolutions, whose chains are nine times as long, and 0.85
// to 1.1 of theirs for the gradient of the kernel (winograd_test.cpp).
#pragma once

#include <linseed/framework/kernels/correlation.h>

namespace linseed::kernels {

/// Whether a correlation can gain: it is of one group, over two dimensions, moves by single
/// positions, has a window of 3 × 3 neighbours, lines that fit into caches, and 16 or more channels
/// on both sides; and the products that are saved, fewer where much is padding, would take longer
/// than the sums that are needed, which count less the more channels there are.
bool suits_winograd(const Correlation& correlation);

/// Whether such a one is computed faster so: images of 64 positions and more; of 16 and more, if
/// the factors of the kernel fit into a third-level cache.
bool is_winograd(const Correlation& correlation);

/// Correlation::compute in float32, by a kernel [places, in_channels, out_channels]. Each factor of
/// a tile is one chain of multiply-adds, over the channels. So the bits of an image do not depend
/// on the others, and are the same on all instruction sets that fuse; and an element of the input
/// that is not finite spoils those outputs alone that read it. One of the kernel also spoils those
/// at a border that read padding with it, and an infinity may become NaN.
void compute_winograd(const KernelCall& call, const Correlation& correlation, const float* input,
                      const float* kernel, float* output);

/// Whether the adjoint in the kernel is computed faster so: that of images of 4 × 4 and more, of
/// batches that are cut into chunks enough for threads to share.
bool is_winograd_gradient(const Correlation& correlation);

/// Correlation::gradient_of_kernel in float32.
void winograd_gradient_of_kernel(const KernelCall& call, const Correlation& correlation,
                                 const float* input, const float* output, float* kernel);

}  // namespace linseed::kernels
