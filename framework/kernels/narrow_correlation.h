// Correlations with few output channels, as of the gradient in an RGB image, or of a decoder's last
// layer.
#pragma once

#include <linseed/framework/kernels/correlation.h>

namespace linseed::kernels {

/// Whether a correlation, of one group, whose parts each move over the input by 1, has so few
/// output channels and so many positions that vectors of positions take less time than vectors of
/// channels.
template <class T>
bool is_narrow(const Correlation& correlation);

/// Correlation::compute of such a one, by a kernel [places, in_channels, out_channels]. Each output
/// is the same chain of multiply-adds, but with products of zeros where a tap lies outside of the
/// input; so the bits are the same, unless the kernel has elements that are not finite, or
/// a sum underflows to −0.
template <class T>
void compute_narrow(const KernelCall& call, const Correlation& correlation, const T* input,
                    const T* kernel, T* output);

}  // namespace linseed::kernels
