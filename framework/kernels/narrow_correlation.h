// Correlations with few output channels, as of the gradient of an RGB image, or of a decoder's last
// layer.
#pragma once

#include <linseed/framework/kernels/correlation.h>

namespace linseed::kernels {

/// Whether the output channels of a correlation fill less than half of a vector, so that its
/// positions, which are neighbours of stride 1, fill vectors better.
template <class T>
bool is_narrow(const Correlation& correlation);

/// Correlation::compute of such a one, by a kernel [places, in_channels, out_channels]. Each output
/// is the same chain of multiply-adds, with products of zeros where a tap lies outside of the
/// input.
template <class T>
void compute_narrow(const KernelCall& call, const Correlation& correlation, const T* input,
                    const T* kernel, T* output);

}  // namespace linseed::kernels
