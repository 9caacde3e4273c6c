// The positions of a window in lines along the width that read alike: what pooling, depthwise
// convolution and their adjoints loop over.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/taps.h>

namespace linseed::kernels {

/// A place of the window, and how far from its position's own pixel it reads, in elements.
struct WindowTerm {
  std::int64_t offset;
  std::int64_t place;
};

/// Neighbouring positions at which the same places are inside of the input.
struct WindowLine {
  std::int64_t input;   // where the first position reads in an image, but for a term's offset ...
  std::int64_t output;  // ... and where it is itself: the first of its channels
  std::int64_t count;
  std::int64_t first_term;
  std::int64_t last_term;
};

/// All positions over an image: each is in one line, which may have no terms.
struct WindowLines {
  std::int64_t channels;
  std::int64_t input_step;  // from one position of a line to the next, in elements
  std::int64_t output_step;
  std::int64_t input_size;  // of an image
  std::int64_t output_size;
  std::vector<WindowTerm> terms;
  std::vector<WindowLine> lines;  // of a window's own positions: in their order

  std::span<const WindowTerm> terms_of(const WindowLine& line) const {
    return std::span(terms).subspan(static_cast<std::size_t>(line.first_term),
                                    static_cast<std::size_t>(line.last_term - line.first_term));
  }
};

/// y [positions…, channels] from the places of x [input…, channels] that the window has there, in
/// row-major order.
WindowLines window_lines(const Window& window, const Spatial& window_size,
                         const Spatial& input_size, const Spatial& positions,
                         std::int64_t channels);

/// x [input…, channels] from the y [positions…, channels] whose windows have it, in row-major
/// order: a term's place is that of x in the window.
WindowLines adjoint_lines(const Window& window, const Spatial& window_size,
                          const Spatial& input_size, const Spatial& positions,
                          std::int64_t channels);

/// Calls body(line, image) for all lines of all images, on several threads; `cost` is the work of
/// one element of a term or of the output, in ns.
template <class Body>
void for_each_line(const KernelCall& call, const WindowLines& all, std::int64_t images, double cost,
                   const Body& body) {
  const auto count = static_cast<std::int64_t>(all.lines.size());
  if (count == 0 || images == 0 || all.channels == 0) return;
  double total = 0;
  for (const WindowLine& line : all.lines) {
    const std::int64_t elements = (line.last_term - line.first_term + 1) * all.channels;
    total += 10 + static_cast<double>(line.count) * (2 + cost * static_cast<double>(elements));
  }
  const double line_cost = total / static_cast<double>(count);
  call.parallel_for(images * count, line_cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      body(all.lines[static_cast<std::size_t>(item % count)], item / count);
    }
  });
}

}  // namespace linseed::kernels
