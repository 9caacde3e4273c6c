// The inner loops of depthwise convolution, over a line of positions, channel by channel. Input and
// output are images, of which `line` says where.
//
// Each sum is one chain in the order of the terms, and no multiply-add is fused: the bits are the
// same on all instruction sets. T: float32, float64.
#pragma once

#include <linseed/framework/kernels/window_lines.h>

namespace linseed::kernels {

/// output = Σ of the terms, each times weights [places, channels] of its place
template <class T>
void weigh_line(const WindowLines& all, const WindowLine& line, const T* input, const T* weights,
                T* output);

/// sums [places, channels] += the products of each term with the output's elements
template <class T>
void add_products_of_line(const WindowLines& all, const WindowLine& line, const T* input,
                          const T* output, T* sums);

}  // namespace linseed::kernels
