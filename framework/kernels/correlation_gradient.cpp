// Each place of the window is a product of matrices, xᵀ · dy, whose depth are the positions at
// which the place is inside of the input. Positions with the same places inside form a box; a long
// dimension of it is the depth of a term, the others count the terms. Where channels are contiguous
// over neighbouring places of the width, these are rows of one product.
#include <linseed/framework/kernels/correlation.h>

#include <algorithm>
#include <span>
#include <vector>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {
namespace {

/// One chain of multiply-adds is at most so long, then it is added to the chunk's sum: what two
/// vectors of features read in it stays in a first-level cache for all channels, and its rounding
/// adds up no further. A shorter one would spend its time on adding.
constexpr std::int64_t kChain = 256;

/// Images of so many bytes, input and output, are added together, before the next ones: box by
/// box, they are read from a second-level cache. Or more of them, where boxes have few positions,
/// so that each product has so many.
constexpr std::int64_t kBytesAtOnce = 160 * 1024, kMostBytesAtOnce = 320 * 1024, kBoxPositions = 64;

/// A term this deep is worth beginning. Pixels along the width lie closest in memory.
constexpr std::int64_t kEnoughDepth = 4;

/// The positions of one box of some images, as terms of products of input and output.
class BoxTerms {
 public:
  BoxTerms(const Correlation& c, const TapAxes& axes, const Box& box, std::int64_t images) {
    const Spatial in_stride = strides_of(c.input_size, c.in_channels);
    const Spatial out_stride = strides_of(c.output_size, c.out_channels);
    StridedSpace space{
        {images, {volume(c.input_size) * c.in_channels, volume(c.output_size) * c.out_channels}}};
    for (std::size_t d = 0; d < box.size(); ++d) {
      const std::int64_t stride = axes[d].stride * in_stride[d];
      const std::int64_t step = axes[d].step * out_stride[d];
      space.push_back({box[d].size(), {stride, step}});
      first_.a += box[d].begin * stride;
      first_.b += axes[d].first * out_stride[d] + box[d].begin * step;
    }
    collapse(space);
    move_long_one_last(space, kEnoughDepth);
    depth_ = space.back();
    for_each_point(without_last(space), [&](const std::array<std::int64_t, 3>& offset) {
      terms_.push_back({offset[0], offset[1]});
    });
  }

  /// The first term's offsets: for the input, but for what a tap adds.
  const TermOffsets& first() const { return first_; }

  /// Adds the products to `sum`, whose factors are complete but for the positions, in chains.
  template <class T>
  void add(SumOfProducts<T> sum) const {
    sum.a_row = 1;
    sum.a_column = depth_.stride[0];
    sum.b_row = depth_.stride[1];
    sum.store = Store::add;
    const T* const a = sum.a;
    const T* const b = sum.b;
    for (std::int64_t begin = 0; begin < depth_.size; begin += kChain) {
      sum.depth = std::min(kChain, depth_.size - begin);
      sum.a = a + begin * sum.a_column;
      sum.b = b + begin * sum.b_row;
      const auto together = static_cast<std::size_t>(kChain / sum.depth);
      for (std::span<const TermOffsets> rest = terms_; !rest.empty();) {
        sum.terms = rest.first(std::min(rest.size(), together));
        sum.compute();
        rest = rest.subspan(sum.terms.size());
      }
    }
  }

 private:
  TermOffsets first_{0, 0};
  StridedDim depth_;
  std::vector<TermOffsets> terms_;
};

/// A box, and its positions in some images.
struct PartBox {
  const TapAxes& axes;
  Box box;
  BoxTerms terms;
};

std::vector<PartBox> boxes_of(const Correlation& c, std::int64_t images) {
  std::vector<PartBox> boxes;
  for (const TapAxes& axes : c.parts) {
    for_each_box(tap_segments(axes, c.input_size), [&](const Box& box) {
      boxes.push_back({axes, box, BoxTerms(c, axes, box, images)});
    });
  }
  return boxes;
}

/// What a box of images adds to rows of the kernel's places, those at tap i and these along the
/// height; `kernel` is that at tap i.
template <class T>
void add_box(const Correlation& c, const PartBox& part, const Tap& i,
             std::span<const Tap> along_height, const T* input, const T* output, T* kernel) {
  const auto along_width = taps_in(part.axes[2], part.box[2]);
  const bool joined = c.groups == 1 && are_neighbours(along_width);
  const std::int64_t channels = c.in_channels / c.groups;
  const std::int64_t features = c.out_channels / c.groups;
  const std::int64_t places = joined ? static_cast<std::int64_t>(along_width.size()) : 1;
  const std::int64_t line = c.input_size[2] * c.in_channels;
  // Rows of the window are groups of one product's rows, where the product has all places of each.
  const bool grouped = joined && places == c.window_size[2] && along_height.size() > 1 &&
                       are_neighbours(along_height) &&
                       places * channels <= SumOfProducts<T>::kLargestGroup;
  const std::int64_t together = grouped ? static_cast<std::int64_t>(along_height.size()) : 1;
  for (const Tap& j : along_height) {
    T* const kernel_row = kernel + j.place * c.window_size[2] * channels * c.out_channels;
    for (const Tap& k : along_width) {
      const std::int64_t pixel = row_major(c.input_size, {i.offset, j.offset, k.offset});
      const TermOffsets& first = part.terms.first();
      for (std::int64_t group = 0; group < c.groups; ++group) {
        part.terms.add(SumOfProducts<T>{
            .m = together * places * channels,
            .n = features,
            .a = input + (first.a + pixel * c.in_channels + group * channels),
            .b = output + (first.b + group * features),
            .output = kernel_row + k.place * channels * c.out_channels + group * features,
            .output_row = c.out_channels,
            .group = grouped ? places * channels : 0,
            .next_group = line});
      }
      if (joined) break;
    }
    if (grouped) break;
  }
}

/// The taps whose places are in [first, last).
std::span<const Tap> with_places(std::span<const Tap> taps, std::int64_t first, std::int64_t last) {
  const auto begin = std::ranges::lower_bound(taps, first, {}, &Tap::place);
  const auto end = std::ranges::lower_bound(taps, last, {}, &Tap::place);
  return {begin, end};
}

}  // namespace

template <class T>
void Correlation::gradient_of_kernel(const KernelCall& call, const T* input, const T* output,
                                     T* kernel) const {
  const std::int64_t positions = volume(output_size);
  const std::int64_t elements = volume(input_size) * in_channels + positions * out_channels;
  const std::int64_t bytes = std::max<std::int64_t>(elements, 1) * std::int64_t{sizeof(T)};
  const std::int64_t chunks = chunks_of(images, positions);
  const std::int64_t of_a_chunk = std::max<std::int64_t>((images + chunks - 1) / chunks, 1);
  const std::int64_t for_boxes =
      images_with(kBoxPositions, std::min(of_a_chunk, kMostBytesAtOnce / bytes));
  const std::int64_t most =
      std::clamp<std::int64_t>(std::max(kBytesAtOnce / bytes, for_boxes), 1, of_a_chunk);
  const std::int64_t parts_of_it = (of_a_chunk + most - 1) / most;  // as equal as can be
  const std::int64_t at_once = (of_a_chunk + parts_of_it - 1) / parts_of_it;
  const std::vector<PartBox> boxes = boxes_of(*this, at_once);
  const std::int64_t rows = window_size[0] * window_size[1];
  const std::int64_t row_size = window_size[2] * in_channels / groups * out_channels;
  const auto add_images = [&](const std::vector<PartBox>& some, std::int64_t image, T* sum,
                              std::int64_t row, std::int64_t last_row) {
    const T* const inputs = input + image * volume(input_size) * in_channels;
    const T* const outputs = output + image * positions * out_channels;
    for (const PartBox& part : some) {
      for (const Tap& i : taps_in(part.axes[0], part.box[0])) {
        const std::int64_t first = i.place * window_size[1];
        const auto along_height =
            with_places(taps_in(part.axes[1], part.box[1]), row - first, last_row - first);
        if (along_height.empty()) continue;
        add_box(*this, part, i, along_height, inputs, outputs, sum + first * row_size);
      }
    }
  };
  const double cost = cost_of_products<T>(rows * row_size / std::max<std::int64_t>(out_channels, 1),
                                          out_channels, positions);
  sum_over_batch(
      call, images, positions, kernel, rows * row_size, rows, cost,
      [&](T* sum, std::int64_t row, std::int64_t last_row, std::int64_t image, std::int64_t last) {
        std::fill(sum + row * row_size, sum + last_row * row_size, T{0});
        for (; image + at_once <= last; image += at_once) {
          add_images(boxes, image, sum, row, last_row);
        }
        if (image == last) return;
        add_images(boxes_of(*this, last - image), image, sum, row, last_row);
      });
}

template void Correlation::gradient_of_kernel(const KernelCall&, const float*, const float*,
                                              float*) const;
template void Correlation::gradient_of_kernel(const KernelCall&, const double*, const double*,
                                              double*) const;

}  // namespace linseed::kernels
