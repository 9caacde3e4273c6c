// Each place of the window is a product of matrices, xᵀ · dy, whose depth are the positions at
// which the place is inside of the input. Positions with the same places inside form a box; a
// long dimension is the depth of a term, the others count the terms. Where channels are
// contiguous over neighbouring places of the width, these are rows of one product.
#include <linseed/framework/kernels/correlation_kernel.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>

namespace linseed::kernels {
namespace {

/// One chain of multiply-adds is about so long, then it is added to the chunk's sum: a longer one
/// would lose digits, a shorter one would spend its time on adding.
constexpr std::int64_t kChain = 1024;

/// A term this deep is worth beginning. Pixels along the width lie closest in memory.
constexpr std::int64_t kEnoughDepth = 4;

/// The products of one box of some images.
template <class T>
class BoxProducts {
 public:
  BoxProducts(const KernelCorrelation& c, const Box& box, std::int64_t images, const T* x,
              const T* dy)
      : c_(c), box_(box), x_(x), dy_(dy) {
    const std::int64_t in = c.channels, out = c.features;
    const Spatial in_stride = strides_of(c.input_size, in);
    const Spatial out_stride = strides_of(c.output_size, out);
    StridedSpace space{{images, {volume(c.input_size) * in, volume(c.output_size) * out}}};
    for (std::size_t d = 0; d < box.size(); ++d) {
      const std::int64_t stride = c.axes[d].stride;
      space.push_back({box[d].size(), {stride * in_stride[d], out_stride[d]}});
      x_ += box[d].begin * stride * in_stride[d];
      dy_ += box[d].begin * out_stride[d];
    }
    collapse(space);
    move_long_one_last(space, kEnoughDepth);
    depth_ = space.back();
    for_each_point(without_last(space), [&](const std::array<std::int64_t, 3>& offset) {
      terms_.push_back({offset[0], offset[1]});
    });
  }

  /// dkernel += the products at the taps inside.
  void add_to(T* dkernel) const {
    const auto along_width = taps_in(c_.axes[2], box_[2]);
    const bool joined = c_.groups == 1 && are_neighbours(along_width);
    for (const Tap& i : taps_in(c_.axes[0], box_[0])) {
      for (const Tap& j : taps_in(c_.axes[1], box_[1])) {
        for (const Tap& k : along_width) {
          const auto count = joined ? static_cast<std::int64_t>(along_width.size()) : 1;
          add_places(i, j, k, count, dkernel);
          if (joined) break;
        }
      }
    }
  }

 private:
  /// The products of `count` neighbouring places, of which (i, j, k) is the first.
  void add_places(const Tap& i, const Tap& j, const Tap& k, std::int64_t count, T* dkernel) const {
    const std::int64_t channels = c_.channels / c_.groups;
    const std::int64_t features = c_.features / c_.groups;
    const std::int64_t place = row_major(c_.window_size, {i.place, j.place, k.place});
    const std::int64_t pixel = row_major(c_.input_size, {i.offset, j.offset, k.offset});
    for (std::int64_t group = 0; group < c_.groups; ++group) {
      SumOfProducts<T>{.m = count * channels,
                       .n = features,
                       .depth = depth_.size,
                       .terms = terms_,
                       .a = x_ + pixel * c_.channels + group * channels,
                       .a_row = 1,
                       .a_column = depth_.stride[0],
                       .b = dy_ + group * features,
                       .b_row = depth_.stride[1],
                       .output = dkernel + place * channels * c_.features + group * features,
                       .output_row = c_.features,
                       .store = Store::add}
          .compute();
    }
  }

  const KernelCorrelation& c_;
  Box box_;
  const T* x_;   // where the box begins, at an offset of no place
  const T* dy_;  // where the box begins
  StridedDim depth_;
  std::vector<TermOffsets> terms_;
};

}  // namespace

template <class T>
void KernelCorrelation::compute(const KernelCall& call, const T* x, const T* dy, T* dkernel) const {
  const std::int64_t size = volume(window_size) * channels / groups * features;
  std::array<std::vector<TapSegment>, 3> segments;
  for (std::size_t d = 0; d < axes.size(); ++d) segments[d] = tap_segments(axes[d], input_size[d]);
  const std::int64_t at_once =
      std::max<std::int64_t>(1, kChain / std::max<std::int64_t>(volume(output_size), 1));
  const double cost = 0.03 * static_cast<double>(size * volume(output_size));
  sum_over_batch(call, images, dkernel, size, cost,
                 [&](T* sum, std::int64_t image, std::int64_t last) {
                   for (; image < last; image += at_once) {
                     const std::int64_t count = std::min(at_once, last - image);
                     const T* const x_images = x + image * volume(input_size) * channels;
                     const T* const dy_images = dy + image * volume(output_size) * features;
                     for (const TapSegment& i : segments[0]) {
                       for (const TapSegment& j : segments[1]) {
                         for (const TapSegment& k : segments[2]) {
                           BoxProducts<T>(*this, {i, j, k}, count, x_images, dy_images).add_to(sum);
                         }
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
