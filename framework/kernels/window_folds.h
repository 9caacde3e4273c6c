// The inner loops of pooling: what a line of positions makes of the places of their windows,
// channel by channel. Input and output are images, of which `line` says where.
//
// Each sum is one chain in the order of the terms, from 0: the bits are the same on all instruction
// sets. T: float32, float64; Position: uint8, int32.
#pragma once

#include <cstdint>

#include <linseed/framework/kernels/window_lines.h>

namespace linseed::kernels {

/// output = Σ of the terms
template <class T>
void sum_line(const WindowLines& all, const WindowLine& line, const T* input, T* output);

/// output = the first maximum of the terms, and the place of it; NaN counts as the maximum. Without
/// terms −∞ and 0.
template <class T, class Position>
void max_line(const WindowLines& all, const WindowLine& line, const T* input, T* output,
              Position* positions);

/// output = Σ of those terms whose own place is the position that the input has there
template <class T, class Position>
void unpool_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output);

/// output = the term of the position that the output has there, or 0
template <class T, class Position>
void select_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output);

}  // namespace linseed::kernels
