// Direct, without patches or padding: positions are cut into boxes in which the same taps are
// inside of the input, so at the border products with zeros are left out instead of computed. The
// taps of a box are the terms of one sum of products, whose rows are a long dimension of the box,
// be it the width, the height or the images: so a column of border pixels is as good as a row.
#include <linseed/framework/kernels/correlation.h>

#include <algorithm>

#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {
namespace {

/// An item of work is whole images of at least so many positions, if there are several, ...
constexpr std::int64_t kItemPositions = 256;
/// ... or bands of an image; so many items, if the shapes allow.
constexpr std::int64_t kItems = 16;
/// Rows that fill a tile. Those along the width lie closest in memory.
constexpr std::int64_t kEnoughRows = 6;
/// What an item reads of an image should stay in a core's second-level cache.
constexpr std::int64_t kItemBytes = 256 * 1024;

/// Images [begin, end), and of their positions along a dimension the part `band` of `bands`.
struct Item {
  std::int64_t begin;
  std::int64_t end;
  std::size_t dimension;
  std::int64_t band;
  std::int64_t bands;
};

/// How a computation is cut into items, by its shape alone.
struct Items {
  std::int64_t images;  // of an item
  std::int64_t bands;
  std::int64_t count;
  std::size_t dimension;  // of the bands: the longest

  Items(const Correlation& c, std::int64_t element_bytes) {
    const std::int64_t positions = std::max<std::int64_t>(volume(c.output_size), 1);
    images = std::clamp<std::int64_t>(kItemPositions / positions, 1, c.images);
    const std::int64_t groups_of_images = (c.images + images - 1) / images;
    const std::int64_t bytes = volume(c.input_size) * c.in_channels * element_bytes;
    bands = std::max((kItems + groups_of_images - 1) / groups_of_images, bytes / kItemBytes);
    const auto longest = std::ranges::max_element(c.output_size);
    dimension = static_cast<std::size_t>(longest - c.output_size.begin());
    bands = std::clamp<std::int64_t>(bands, 1, std::max<std::int64_t>(*longest, 1));
    count = groups_of_images * bands;
  }

  Item at(const Correlation& c, std::int64_t index) const {
    const std::int64_t first = index / bands * images;
    return {first, std::min(first + images, c.images), dimension, index % bands, bands};
  }
};

/// The terms of a box: its taps, of which neighbours along the width are one term where their
/// channels are contiguous in the input and in the kernel alike.
struct BoxTerms {
  std::vector<TermOffsets> terms;
  std::int64_t depth;

  BoxTerms(const Correlation& c, const TapAxes& axes, const Box& box) {
    const std::int64_t channels = c.in_channels / c.groups;
    const auto along_width = taps_in(axes[2], box[2]);
    const bool joined = c.groups == 1 && are_neighbours(along_width);
    depth = joined ? channels * static_cast<std::int64_t>(along_width.size()) : channels;
    for (const Tap& i : taps_in(axes[0], box[0])) {
      for (const Tap& j : taps_in(axes[1], box[1])) {
        for (const Tap& k : along_width) {
          terms.push_back(
              {row_major(c.input_size, {i.offset, j.offset, k.offset}) * c.in_channels,
               row_major(c.window_size, {i.place, j.place, k.place}) * channels * c.out_channels});
          if (joined) break;
        }
      }
    }
  }
};

/// The positions of a box of an item: how far each dimension moves in the input, operand 0, and in
/// the output, operand 1.
StridedSpace positions_of(const Correlation& c, const TapAxes& axes, const Box& box,
                          std::int64_t images) {
  const std::int64_t in = c.in_channels, out = c.out_channels;
  const Spatial in_stride = strides_of(c.input_size, in);
  const Spatial out_stride = strides_of(c.output_size, out);
  StridedSpace space{{images, {volume(c.input_size) * in, volume(c.output_size) * out}}};
  for (std::size_t d = 0; d < box.size(); ++d) {
    space.push_back({box[d].size(), {axes[d].stride * in_stride[d], axes[d].step * out_stride[d]}});
  }
  collapse(space);
  move_long_one_last(space, kEnoughRows);  // the rows of the products
  return space;
}

template <class T>
struct Arrays {
  const T* input;
  const T* kernel;
  T* output;
};

template <class T>
void compute_box(const Correlation& c, const TapAxes& axes, const Box& box, const Item& item,
                 const Arrays<T>& arrays) {
  BoxTerms terms(c, axes, box);
  const StridedSpace space = positions_of(c, axes, box, item.end - item.begin);
  std::int64_t input = item.begin * volume(c.input_size) * c.in_channels;
  std::int64_t output = item.begin * volume(c.output_size) * c.out_channels;
  Spatial first_in{}, first_out{};
  for (std::size_t d = 0; d < box.size(); ++d) {
    first_in[d] = box[d].begin * axes[d].stride;
    first_out[d] = axes[d].first + box[d].begin * axes[d].step;
  }
  input += row_major(c.input_size, first_in) * c.in_channels;
  output += row_major(c.output_size, first_out) * c.out_channels;

  // The first tap reads lowest, and inside of the input.
  const std::int64_t lowest = terms.terms.empty() ? -input : terms.terms.front().a;
  for (TermOffsets& term : terms.terms) term.a -= lowest;
  input += lowest;

  const std::int64_t features = c.out_channels / c.groups;
  const std::int64_t lanes = vector_lanes<T>();
  const StridedDim& rows = space.back();
  const StridedSpace outer = without_last(space);
  for (std::int64_t group = 0; group < c.groups; ++group) {
    const T* a = arrays.input + input + group * (c.in_channels / c.groups);
    // Two vectors of features at a time, whose part of the kernel then stays in cache; the last
    // ones together, so that none are left of less than a vector.
    for (std::int64_t f = 0, count = 0; f < features; f += count) {
      count = features - f < 3 * lanes ? features - f : 2 * lanes;
      const std::int64_t column = group * features + f;
      for_each_point(outer, [&](const std::array<std::int64_t, 3>& offset) {
        SumOfProducts<T>{.m = rows.size,
                         .n = count,
                         .depth = terms.depth,
                         .terms = terms.terms,
                         .a = a + offset[0],
                         .a_row = rows.stride[0],
                         .a_column = 1,
                         .b = arrays.kernel + column,
                         .b_row = c.out_channels,
                         .output = arrays.output + output + column + offset[1],
                         .output_row = rows.stride[1],
                         .store = Store::assign}
            .compute();
      });
    }
  }
}

/// The part of a box that lies in an item's band.
Box in_band(Box box, const Item& item, const TapAxes& axes) {
  TapSegment& segment = box[item.dimension];
  const std::int64_t count = axes[item.dimension].count;
  segment.begin = std::max(segment.begin, item.band * count / item.bands);
  segment.end =
      std::max(segment.begin, std::min(segment.end, (item.band + 1) * count / item.bands));
  return box;
}

}  // namespace

template <class T>
void Correlation::compute(const KernelCall& call, const T* input, const T* kernel,
                          T* output) const {
  if (volume(output_size) * images * out_channels == 0) return;
  const Items items(*this, sizeof(T));
  std::vector<TapSegments> segments;
  for (const TapAxes& axes : parts) segments.push_back(tap_segments(axes, input_size));
  const std::int64_t features = out_channels / groups;
  const std::int64_t lanes = vector_lanes<T>();
  const double products = static_cast<double>(volume(output_size) * images * groups) *
                          static_cast<double>((features + lanes - 1) / lanes * lanes) *
                          static_cast<double>(volume(window_size) * in_channels / groups);
  const double cost = 0.03 * products / static_cast<double>(items.count) + 1000;
  call.parallel_for(items.count, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const Item item = items.at(*this, index);
      for (std::size_t part = 0; part < parts.size(); ++part) {
        for_each_box(segments[part], [&](const Box& whole) {
          const Box box = in_band(whole, item, parts[part]);
          if (box[item.dimension].size() == 0) return;
          compute_box<T>(*this, parts[part], box, item, {input, kernel, output});
        });
      }
    }
  });
}

template void Correlation::compute(const KernelCall&, const float*, const float*, float*) const;
template void Correlation::compute(const KernelCall&, const double*, const double*, double*) const;

}  // namespace linseed::kernels
