// The inner loops of pooling: what a line of positions makes of the places of their windows,
// channel by channel. Input and output are images, of which `line` says where.
//
// Each sum is one chain in the order of the terms, from 0: the bits are the same on all instruction
// sets. T: float32, float64; Position: uint8, int32.
#pragma once

#include <cstdint>

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/kernels/window_lines.h>

namespace linseed::kernels {

/// output = Σ of the terms
template <class T>
void sum_line(const WindowLines& all, const WindowLine& line, const T* input, T* output);

/// What is read where the maxima stand, an image like the input, and where it is put.
template <class T>
struct Selection {
  const T* from;
  T* to;
};

/// output = the first maximum of the terms, and the place of it; NaN counts as the maximum. Without
/// terms −∞ and 0. With a selection, what select_line would give of it.
template <class T, class Position>
void max_line(const WindowLines& all, const WindowLine& line, const T* input, T* output,
              Position* positions, const Selection<T>* selection = nullptr);

/// output = Σ of those terms whose own place is the position that the input has there
template <class T, class Position>
void unpool_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output);

/// The same to windows that do not overlap, of a line of theirs: what they have in the output, an
/// image like that which was pooled, = the input where its place is the position, else 0.
template <class T, class Position>
void unpool_apart_line(const WindowLines& all, const WindowLine& line, const T* input,
                       const Position* positions, T* output);

/// output = the term of the position that the output has there, or 0
template <class T, class Position>
void select_line(const WindowLines& all, const WindowLine& line, const T* input,
                 const Position* positions, T* output);

/// Calls `f` with a zero of the type of max_pool's positions.
template <class F>
void visit_position(DType dtype, F&& f) {
  switch (dtype) {
    case uint8: return f(std::uint8_t{});
    case int32: return f(std::int32_t{});
    default: throw InternalError("max_pool: positions are uint8 or int32, not {}", name(dtype));
  }
}

}  // namespace linseed::kernels
