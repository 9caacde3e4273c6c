#include <linseed/framework/kernels/window_lines.h>

namespace linseed::kernels {
namespace {

/// Adds the lines of one part of the output. `place_of` gives a place's number.
template <class PlaceOf>
void add_lines(WindowLines& all, const TapAxes& axes, const Spatial& input_size,
               const Spatial& output_size, const PlaceOf& place_of) {
  const Spatial in_stride = strides_of(input_size, all.channels);
  const Spatial out_stride = strides_of(output_size, all.channels);
  const auto input = [&](std::size_t d, std::int64_t i) {
    return i * axes[d].stride * in_stride[d];
  };
  const auto output = [&](std::size_t d, std::int64_t i) {
    return (axes[d].first + i * axes[d].step) * out_stride[d];
  };
  all.input_step = input(2, 1);
  all.output_step = axes[2].step * out_stride[2];

  const auto add_row = [&](const Box& box, std::int64_t first_term, std::int64_t i,
                           std::int64_t j) {
    all.lines.push_back({input(0, i) + input(1, j) + input(2, box[2].begin),
                         output(0, i) + output(1, j) + output(2, box[2].begin), box[2].size(),
                         first_term, static_cast<std::int64_t>(all.terms.size())});
  };
  for_each_box(tap_segments(axes, input_size), [&](const Box& box) {
    const auto first_term = static_cast<std::int64_t>(all.terms.size());
    for (const Tap& i : taps_in(axes[0], box[0])) {
      for (const Tap& j : taps_in(axes[1], box[1])) {
        for (const Tap& k : taps_in(axes[2], box[2])) {
          all.terms.push_back(
              {i.offset * in_stride[0] + j.offset * in_stride[1] + k.offset * in_stride[2],
               place_of(i.place, j.place, k.place)});
        }
      }
    }
    for (std::int64_t i = box[0].begin; i < box[0].end; ++i) {
      for (std::int64_t j = box[1].begin; j < box[1].end; ++j) add_row(box, first_term, i, j);
    }
  });
}

WindowLines no_lines(const Spatial& input_size, const Spatial& output_size, std::int64_t channels) {
  return {channels, 0, 0, volume(input_size) * channels, volume(output_size) * channels, {}, {}};
}

}  // namespace

WindowLines window_lines(const Window& window, const Spatial& window_size,
                         const Spatial& input_size, const Spatial& positions,
                         std::int64_t channels) {
  WindowLines all = no_lines(input_size, positions, channels);
  add_lines(all, convolution_taps(window, window_size, positions), input_size, positions,
            [&](std::int64_t i, std::int64_t j, std::int64_t k) {
              return row_major(window_size, {i, j, k});
            });
  // Lines of one row, and rows, as they lie in memory.
  std::ranges::sort(all.lines, {}, &WindowLine::output);
  return all;
}

WindowLines adjoint_lines(const Window& window, const Spatial& window_size,
                          const Spatial& input_size, const Spatial& positions,
                          std::int64_t channels) {
  WindowLines all = no_lines(positions, input_size, channels);
  for (const TapAxes& axes : adjoint_taps(window, window_size, input_size)) {
    add_lines(all, axes, positions, input_size,
              [&](std::int64_t i, std::int64_t j, std::int64_t k) {  // reversed, as there
                return volume(window_size) - 1 - row_major(window_size, {i, j, k});
              });
  }
  std::ranges::sort(all.lines, {}, &WindowLine::output);
  return all;
}

}  // namespace linseed::kernels
