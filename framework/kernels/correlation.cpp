// Direct, without patches or padding: positions are cut into boxes in which the same taps are
// inside of the input, so at the border products with zeros are left out instead of computed. The
// taps of a box are the terms of one sum of products, whose rows are a long dimension of the box,
// be it the width, the height or the images: so a column of border pixels is as good as a row.
#include <linseed/framework/kernels/correlation.h>

#include <algorithm>
#include <utility>

#include <linseed/framework/kernels/caches.h>
#include <linseed/framework/kernels/panels.h>
#include <linseed/framework/kernels/per_thread.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {
namespace {

/// An item of work is images of so many positions together, or of so many in each box, since many
/// small products would wait for each other's ends, if what they read is not too much, ...
constexpr std::int64_t kItemPositions = 256, kBoxPositions = 128, kTogetherBytes = 128 * 1024;
/// ... or a band of an image; so many items, if the shapes allow.
constexpr std::int64_t kItems = 16;
/// Rows of products that fill a tile. Those along the width lie closest in memory.
constexpr std::int64_t kEnoughRows = 6;
/// What an item reads of an image should stay in a core's second-level cache.
constexpr std::int64_t kItemBytes = 256 * 1024;

/// How a computation is cut into items, by its shape alone: some images, or a band of one of them.
struct Items {
  std::int64_t images;    // of an item
  std::size_t dimension;  // along which the bands lie: the longest
  std::int64_t bands;

  Items(const Correlation& c, std::int64_t element_bytes) {
    const std::int64_t positions = std::max<std::int64_t>(volume(c.output_size), 1);
    const std::int64_t bytes = volume(c.input_size) * c.in_channels * element_bytes;
    const std::int64_t most =
        std::min(c.images / kItems, kTogetherBytes / std::max<std::int64_t>(bytes, 1));
    const std::int64_t for_boxes = c.images_with(kBoxPositions, most);
    images = std::clamp<std::int64_t>(std::max(kItemPositions / positions, for_boxes), 1, c.images);
    bands = std::max((kItems + groups(c) - 1) / groups(c), bytes / kItemBytes);
    const auto longest = std::ranges::max_element(c.output_size);
    dimension = static_cast<std::size_t>(longest - c.output_size.begin());
    bands = std::clamp<std::int64_t>(bands, 1, std::max<std::int64_t>(*longest, 1));
  }

  /// Groups of images, of which the last one may have fewer.
  std::int64_t groups(const Correlation& c) const { return (c.images + images - 1) / images; }

  /// The part of a box that lies in a band.
  Box in_band(Box box, const TapAxes& axes, std::int64_t band) const {
    TapSegment& segment = box[dimension];
    const std::int64_t count = axes[dimension].count;
    segment.begin = std::max(segment.begin, band * count / bands);
    segment.end = std::max(segment.begin, std::min(segment.end, (band + 1) * count / bands));
    return box;
  }
};

/// An output each element of which is a sum of at most so many products waits for memory: if it is
/// large, it is stored past the caches.
constexpr std::int64_t kStreamedProducts = 64;

template <class T>
Store store_of(const Correlation& c, const T* output) {
  const std::int64_t elements = c.images * volume(c.output_size) * c.out_channels;
  const std::int64_t products =
      volume(c.window_size) * c.in_channels / c.groups / static_cast<std::int64_t>(c.parts.size());
  // A tile then writes whole lines.
  const std::int64_t width = Panels<T>::width();
  const bool in_lines = c.out_channels / c.groups % width == 0 &&
                        width * static_cast<std::int64_t>(sizeof(T)) % kCacheLine == 0 &&
                        reinterpret_cast<std::intptr_t>(output) % kCacheLine == 0;
  const bool is_large = elements * static_cast<std::int64_t>(sizeof(T)) >= streamed_bytes();
  return is_large && products <= kStreamedProducts && in_lines ? Store::stream : Store::assign;
}

template <class T>
struct Arrays {
  const T* input;
  const Panels<T>& kernel;
  T* output;
  Store store;
  std::int64_t next_input;  // how far the next item's input is away; 0: there is none
};

/// The products of a box of some images, wherever these begin.
class BoxProducts {
 public:
  /// The kernel's rows are `kernel_row` apart.
  BoxProducts(const Correlation& c, const TapAxes& axes, const Box& box, std::int64_t images,
              std::int64_t kernel_row)
      : reads_first_(&axes == &c.parts.front()) {
    find_terms(c, axes, box, kernel_row);
    const Spatial in_stride = strides_of(c.input_size, c.in_channels);
    const Spatial out_stride = strides_of(c.output_size, c.out_channels);
    StridedSpace space{
        {images, {volume(c.input_size) * c.in_channels, volume(c.output_size) * c.out_channels}}};
    for (std::size_t d = 0; d < box.size(); ++d) {
      input_ += box[d].begin * axes[d].stride * in_stride[d];
      output_ += (axes[d].first + box[d].begin * axes[d].step) * out_stride[d];
      space.push_back(
          {box[d].size(), {axes[d].stride * in_stride[d], axes[d].step * out_stride[d]}});
    }
    collapse(space);
    move_long_one_last(space, kEnoughRows);
    rows_ = space.back();
    outer_ = without_last(space);
    // The first tap reads lowest, and inside of the input.
    const std::int64_t lowest = terms_.empty() ? -input_ : terms_.front().a;
    for (TermOffsets& term : terms_) term.a -= lowest;
    input_ += lowest;
  }

  template <class T>
  void compute(const Correlation& c, const Arrays<T>& images) const {
    const std::int64_t features = c.out_channels / c.groups;
    const std::int64_t width = Panels<T>::width();
    for (std::int64_t group = 0; group < c.groups; ++group) {
      const T* a = images.input + input_ + group * (c.in_channels / c.groups);
      for (std::int64_t panel = 0; panel < images.kernel.count(); ++panel) {
        const std::int64_t column = group * features + panel * width;
        const bool is_first = reads_first_ && group == 0 && panel == 0;
        walk(outer_, 0, point_count(outer_), [&](const Plane& plane) {
          for (std::int64_t i = 0; i < plane.rows; ++i) {
            const T* const first = a + plane.offset[0] + i * plane.row_stride[0];
            const std::int64_t result = plane.offset[1] + i * plane.row_stride[1];
            SumOfProducts<T>{.m = rows_.size,
                             .n = std::min(width, features - panel * width),
                             .depth = depth_,
                             .terms = terms_,
                             .a = first,
                             .a_row = rows_.stride[0],
                             .a_column = 1,
                             .b = images.kernel.panel(group, panel),
                             .b_row = width,
                             .output = images.output + output_ + column + result,
                             .output_row = rows_.stride[1],
                             .store = images.store,
                             .ahead = {is_first ? ahead(first, images.next_input, plane) : Ahead{}},
                             .count = plane.length,
                             .a_next = plane.stride[0],
                             .output_next = plane.stride[1]}
                .compute();
          }
        });
      }
    }
  }

 private:
  /// What the next item has where this one has the rows of all lines, or lines all rows: the inner
  /// ones, which lie closer together, with what is between them.
  template <class T>
  Ahead ahead(const T* line, std::int64_t next_input, const Plane& lines) const {
    if (next_input == 0 || terms_.empty()) return {};
    constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
    StridedDim inner = rows_, outer{lines.length, lines.stride};
    if (outer.size > 1 && inner.stride[0] > outer.stride[0]) std::swap(inner, outer);
    const std::int64_t elements =
        (inner.size - 1) * inner.stride[0] + std::min(inner.stride[0], depth_);
    return {line + next_input, outer.size, elements * kBytes, outer.stride[0] * kBytes};
  }

  /// The taps, of which neighbours along the width are one term where their channels are contiguous
  /// in the input and in the kernel alike.
  void find_terms(const Correlation& c, const TapAxes& axes, const Box& box,
                  std::int64_t kernel_row) {
    const std::int64_t channels = c.in_channels / c.groups;
    const auto along_width = taps_in(axes[2], box[2]);
    const bool joined = c.groups == 1 && are_neighbours(along_width);
    depth_ = joined ? channels * static_cast<std::int64_t>(along_width.size()) : channels;
    for (const Tap& i : taps_in(axes[0], box[0])) {
      for (const Tap& j : taps_in(axes[1], box[1])) {
        for (const Tap& k : along_width) {
          terms_.push_back(
              {row_major(c.input_size, {i.offset, j.offset, k.offset}) * c.in_channels,
               row_major(c.window_size, {i.place, j.place, k.place}) * channels * kernel_row});
          if (joined) break;
        }
      }
    }
  }

  bool reads_first_;  // the part that does: others read much the same of the input
  std::vector<TermOffsets> terms_;
  std::int64_t depth_;
  StridedDim
      rows_;  // of the products: positions in the input, operand 0, and the output, operand 1
  StridedSpace outer_;       // the other positions
  std::int64_t input_ = 0;   // where the first row begins
  std::int64_t output_ = 0;  // and its results
};

}  // namespace

std::int64_t Correlation::images_with(std::int64_t positions_of_a_box, std::int64_t most) const {
  if (most <= 1) return 1;
  std::int64_t boxes = 0;
  for (const TapAxes& axes : parts) {
    const auto [depth, height, width] = tap_segments(axes, input_size);
    boxes += static_cast<std::int64_t>(depth.size() * height.size() * width.size());
  }
  const std::int64_t positions = std::max<std::int64_t>(volume(output_size), 1);
  return std::clamp<std::int64_t>(positions_of_a_box * boxes / positions, 1, most);
}

template <class T>
void Correlation::compute(const KernelCall& call, const T* input, const T* kernel,
                          T* output) const {
  if (volume(output_size) * images * out_channels == 0) return;
  const std::int64_t rows = volume(window_size) * in_channels / groups;
  const std::int64_t features = out_channels / groups;
  const PerThread panels(call.parallel_for, Panels<T>::bytes(rows, groups, features),
                         [&](const ParallelFor& parallel_for, void* memory) {
                           return Panels<T>(parallel_for, kernel, rows, groups, features, memory);
                         });
  const Items items(*this, sizeof(T));
  const Store store = store_of(*this, output);
  const auto boxes_of_bands = [&](std::int64_t image_count) {
    std::vector<std::vector<BoxProducts>> bands(static_cast<std::size_t>(items.bands));
    for (const TapAxes& axes : parts) {
      for_each_box(tap_segments(axes, input_size), [&](const Box& whole) {
        for (std::int64_t band = 0; band < items.bands; ++band) {
          const Box box = items.in_band(whole, axes, band);
          if (box[items.dimension].size() == 0) continue;
          bands[static_cast<std::size_t>(band)].emplace_back(*this, axes, box, image_count,
                                                             Panels<T>::width());
        }
      });
    }
    return bands;
  };
  const auto boxes = boxes_of_bands(items.images);
  const std::int64_t rest = images % items.images;
  const auto last_boxes = rest > 0 ? boxes_of_bands(rest) : decltype(boxes){};

  const std::int64_t count = items.groups(*this) * items.bands;
  const double cost =
      1000 + cost_of_products<T>(volume(output_size) * images * groups, out_channels / groups,
                                 volume(window_size) * in_channels / groups) /
                 static_cast<double>(count);
  call.parallel_for(count, cost, [&](std::int64_t begin, std::int64_t end) {
    const Panels<T>& own = panels.value();
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t image = item / items.bands * items.images;
      const bool is_followed = items.bands == 1 && item + 1 < end;
      const Arrays<T> arrays{input + image * volume(input_size) * in_channels, own,
                             output + image * volume(output_size) * out_channels, store,
                             is_followed ? items.images * volume(input_size) * in_channels : 0};
      const auto& bands = image + items.images > images ? last_boxes : boxes;
      for (const BoxProducts& box : bands[static_cast<std::size_t>(item % items.bands)]) {
        box.compute(*this, arrays);
      }
    }
    if (store == Store::stream) finish_streams();
  });
}

template void Correlation::compute(const KernelCall&, const float*, const float*, float*) const;
template void Correlation::compute(const KernelCall&, const double*, const double*, double*) const;

}  // namespace linseed::kernels
