// Each place of the window is a product of matrices, xᵀ · dy, whose depth are the positions at
// which the place is inside of the input. Positions with the same places inside form a box; a long
// dimension of it is the depth of a term, the others count the terms. Where channels are contiguous
// over neighbouring places of the width, these are rows of one product.
#include <linseed/framework/kernels/correlation_kernel.h>

#include <algorithm>
#include <span>
#include <vector>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {
namespace {

/// One chain of multiply-adds is at most so long, then it is added to the chunk's sum: the rounding
/// of a longer one would add up, and a shorter one would spend its time on adding.
constexpr std::int64_t kChain = 1024;

/// A term this deep is worth beginning. Pixels along the width lie closest in memory.
constexpr std::int64_t kEnoughDepth = 4;

/// The positions of one box of some images, as terms of products of x and dy.
class BoxTerms {
 public:
  BoxTerms(const KernelCorrelation& c, const Box& box, std::int64_t images) {
    const Spatial in_stride = strides_of(c.input_size, c.channels);
    const Spatial out_stride = strides_of(c.output_size, c.features);
    StridedSpace space{
        {images, {volume(c.input_size) * c.channels, volume(c.output_size) * c.features}}};
    TermOffsets first{0, 0};
    for (std::size_t d = 0; d < box.size(); ++d) {
      const std::int64_t stride = c.axes[d].stride;
      space.push_back({box[d].size(), {stride * in_stride[d], out_stride[d]}});
      first.a += box[d].begin * stride * in_stride[d];
      first.b += box[d].begin * out_stride[d];
    }
    collapse(space);
    move_long_one_last(space, kEnoughDepth);
    depth_ = space.back();
    for_each_point(without_last(space), [&](const std::array<std::int64_t, 3>& offset) {
      terms_.push_back({first.a + offset[0], first.b + offset[1]});
    });
  }

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
  StridedDim depth_;
  std::vector<TermOffsets> terms_;
};

/// What the terms of a box add to the part of dkernel of one row of the window's places.
template <class T>
void add_box(const KernelCorrelation& c, const Box& box, const BoxTerms& terms,
             std::span<const Tap, 2> outer, const T* x, const T* dy, T* row_of_dkernel) {
  const auto along_width = taps_in(c.axes[2], box[2]);
  const bool joined = c.groups == 1 && are_neighbours(along_width);
  const std::int64_t channels = c.channels / c.groups;
  const std::int64_t features = c.features / c.groups;
  for (const Tap& tap : along_width) {
    const std::int64_t places = joined ? static_cast<std::int64_t>(along_width.size()) : 1;
    const std::int64_t pixel =
        row_major(c.input_size, {outer[0].offset, outer[1].offset, tap.offset});
    for (std::int64_t group = 0; group < c.groups; ++group) {
      terms.add(SumOfProducts<T>{
          .m = places * channels,
          .n = features,
          .a = x + pixel * c.channels + group * channels,
          .b = dy + group * features,
          .output = row_of_dkernel + tap.place * channels * c.features + group * features,
          .output_row = c.features});
    }
    if (joined) break;
  }
}

/// The tap of an axis with that place, if it is inside of the input in a segment.
const Tap* tap_at(const TapAxis& axis, const TapSegment& segment, std::int64_t place) {
  const auto taps = taps_in(axis, segment);
  const auto found = std::ranges::find(taps, place, &Tap::place);
  return found == taps.end() ? nullptr : &*found;
}

}  // namespace

template <class T>
void KernelCorrelation::compute(const KernelCall& call, const T* x, const T* dy, T* dkernel) const {
  const std::int64_t positions = volume(output_size);
  const std::int64_t size = volume(window_size) * channels / groups * features;
  const std::int64_t at_once =
      std::max<std::int64_t>(1, kChain / std::max<std::int64_t>(positions, 1));
  std::vector<Box> boxes;
  for_each_box(tap_segments(axes, input_size), [&](const Box& box) { boxes.push_back(box); });
  std::vector<BoxTerms> terms;
  for (const Box& box : boxes) terms.emplace_back(*this, box, at_once);

  const double cost = 0.03 * static_cast<double>(size * positions);
  sum_over_batch(call, images, positions, dkernel, size, window_size[0] * window_size[1], cost,
                 [&](std::int64_t row, T* sum, std::int64_t image, std::int64_t last) {
                   for (; image < last; image += at_once) {
                     const T* const x_images = x + image * volume(input_size) * channels;
                     const T* const dy_images = dy + image * positions * features;
                     for (std::size_t b = 0; b < boxes.size(); ++b) {
                       const Tap* const i = tap_at(axes[0], boxes[b][0], row / window_size[1]);
                       const Tap* const j = tap_at(axes[1], boxes[b][1], row % window_size[1]);
                       if (i == nullptr || j == nullptr) continue;
                       const std::array<Tap, 2> outer{*i, *j};
                       if (last - image < at_once) {
                         const BoxTerms fewer(*this, boxes[b], last - image);
                         add_box<T>(*this, boxes[b], fewer, outer, x_images, dy_images, sum);
                       } else {
                         add_box<T>(*this, boxes[b], terms[b], outer, x_images, dy_images, sum);
                       }
                     }
                   }
                 });
}

template void KernelCorrelation::compute(const KernelCall&, const float*, const float*,
                                         float*) const;
template void KernelCorrelation::compute(const KernelCall&, const double*, const double*,
                                         double*) const;

}  // namespace linseed::kernels
