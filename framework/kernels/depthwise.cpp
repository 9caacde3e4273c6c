#include <linseed/framework/kernels/depthwise.h>

#include <algorithm>

namespace linseed::kernels {
namespace {

/// Calls visit(x, kernel, y) for each product of a pixel's channels with a place of the kernel: the
/// offsets of their first elements.
template <class T, class Visit>
void for_each_product(const DepthwiseBand<T>& band, Visit visit) {
  const PatchGrid& grid = band.grid;
  const std::int64_t features = grid.pixel_stride * band.multiplier;
  std::int64_t y = 0;
  for_each_position(grid, band.rows, [&](const PlacedWindow& at) {
    for_each_place(grid, at, [&](std::int64_t place, std::int64_t pixel) {
      visit(pixel * grid.pixel_stride, place * features, y);
    });
    y += features;
  });
}

/// Calls term(channel, feature) for all features of a pixel.
template <class Term>
inline void for_each_feature(std::int64_t channels, std::int64_t multiplier, Term term) {
  if (multiplier == 1) {
    for (std::int64_t c = 0; c < channels; ++c) term(c, c);
    return;
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t f = c * multiplier; f < (c + 1) * multiplier; ++f) term(c, f);
  }
}

}  // namespace

template <class T>
void DepthwiseBand<T>::convolve(const T* x, const T* kernel, T* y) const {
  const std::int64_t channels = grid.pixel_stride;
  const std::int64_t pixels = (rows.end - rows.begin) * grid.output_width;
  std::fill_n(y, pixels * channels * multiplier, T{0});
  for_each_product(
      *this, [=, m = multiplier](std::int64_t at, std::int64_t place, std::int64_t position) {
        const T* pixel = x + at;
        const T* weights = kernel + place;
        T* sums = y + position;
        for_each_feature(channels, m,
                         [=](std::int64_t c, std::int64_t f) { sums[f] += pixel[c] * weights[f]; });
      });
}

template <class T>
void DepthwiseBand<T>::add_input_gradient(const T* dy, const T* kernel, T* dx) const {
  const std::int64_t channels = grid.pixel_stride;
  for_each_product(*this,
                   [=, m = multiplier](std::int64_t at, std::int64_t place, std::int64_t position) {
                     T* sums = dx + at;
                     const T* weights = kernel + place;
                     const T* cotangents = dy + position;
                     for_each_feature(channels, m, [=](std::int64_t c, std::int64_t f) {
                       sums[c] += cotangents[f] * weights[f];
                     });
                   });
}

template <class T>
void DepthwiseBand<T>::add_kernel_gradient(const T* x, const T* dy, T* dkernel) const {
  const std::int64_t channels = grid.pixel_stride;
  for_each_product(*this,
                   [=, m = multiplier](std::int64_t at, std::int64_t place, std::int64_t position) {
                     const T* pixel = x + at;
                     T* sums = dkernel + place;
                     const T* cotangents = dy + position;
                     for_each_feature(channels, m, [=](std::int64_t c, std::int64_t f) {
                       sums[f] += pixel[c] * cotangents[f];
                     });
                   });
}

template struct DepthwiseBand<float>;
template struct DepthwiseBand<double>;

}  // namespace linseed::kernels
