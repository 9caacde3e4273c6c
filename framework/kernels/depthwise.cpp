#include <linseed/framework/kernels/depthwise.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/kernels/chunks.h>

namespace linseed::kernels {
namespace {

/// Calls visit(x, kernel, y) for each product of a pixel's channels with a place of the kernel, for
/// output rows of one image: the offsets of their first elements.
template <class Visit>
void for_each_product(const Depthwise& d, RowBand rows, Visit visit) {
  std::int64_t y = rows.begin * d.grid.output_width * d.features();
  for_each_position(d.grid, rows, [&](const PlacedWindow& at) {
    for_each_place(d.grid, at, [&](std::int64_t place, std::int64_t pixel) {
      visit(pixel * d.channels, place * d.features(), y);
    });
    y += d.features();
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

/// Elements of x and of y of one image.
std::int64_t x_size(const Depthwise& d) { return d.grid.pixels() * d.channels; }
std::int64_t y_size(const Depthwise& d) {
  return d.output_rows * d.grid.output_width * d.features();
}

/// sums += what rows of one image give to the gradient of the kernel.
template <class T>
void add_products(const Depthwise& d, RowBand rows, const T* x, const T* dy, T* sums) {
  for_each_product(d, rows,
                   [=, c = d.channels, m = d.multiplier](std::int64_t at, std::int64_t place,
                                                         std::int64_t position) {
                     const T* pixel = x + at;
                     T* weights = sums + place;
                     const T* cotangents = dy + position;
                     for_each_feature(c, m, [=](std::int64_t i, std::int64_t f) {
                       weights[f] += pixel[i] * cotangents[f];
                     });
                   });
}

/// Positions that are summed in one chain.
constexpr std::int64_t kChain = 1024;

/// Work for one output row, in ns.
double row_cost(const Depthwise& d) {
  return 0.5 * static_cast<double>(d.grid.output_width * d.grid.places() * d.features());
}

}  // namespace

template <class T>
void Depthwise::convolve(const KernelCall& call, const T* x, const T* kernel, T* y) const {
  if (y_size(*this) == 0) return;
  const std::int64_t row_size = grid.output_width * features();
  call.parallel_for(
      images * output_rows, row_cost(*this), [&](std::int64_t begin, std::int64_t end) {
        std::fill(y + begin * row_size, y + end * row_size, T{0});
        while (begin < end) {
          const std::int64_t image = begin / output_rows;
          const std::int64_t first = begin - image * output_rows;
          const std::int64_t last = std::min(output_rows, first + end - begin);
          const T* const x_image = x + image * x_size(*this);
          T* const y_image = y + image * y_size(*this);
          for_each_product(*this, {first, last},
                           [=, c = channels, m = multiplier](std::int64_t at, std::int64_t place,
                                                             std::int64_t position) {
                             const T* pixel = x_image + at;
                             const T* weights = kernel + place;
                             T* sums = y_image + position;
                             for_each_feature(c, m, [=](std::int64_t i, std::int64_t f) {
                               sums[f] += pixel[i] * weights[f];
                             });
                           });
          begin += last - first;
        }
      });
}

template <class T>
void Depthwise::gradient_of_input(const KernelCall& call, const T* dy, const T* kernel,
                                  T* dx) const {
  const double cost =
      row_cost(*this) * static_cast<double>(output_rows) + static_cast<double>(x_size(*this));
  call.parallel_for(images, cost, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image) {
      const T* const dy_image = dy + image * y_size(*this);
      T* const dx_image = dx + image * x_size(*this);
      std::fill_n(dx_image, x_size(*this), T{0});
      for_each_product(*this, {0, output_rows},
                       [=, c = channels, m = multiplier](std::int64_t at, std::int64_t place,
                                                         std::int64_t position) {
                         T* sums = dx_image + at;
                         const T* weights = kernel + place;
                         const T* cotangents = dy_image + position;
                         for_each_feature(c, m, [=](std::int64_t i, std::int64_t f) {
                           sums[i] += cotangents[f] * weights[f];
                         });
                       });
    }
  });
}

template <class T>
void Depthwise::gradient_of_kernel(const KernelCall& call, const T* x, const T* dy,
                                   T* dkernel) const {
  const double cost = row_cost(*this) * static_cast<double>(output_rows);
  const std::int64_t size = grid.places() * features();
  // Some rows at a time are summed apart: in one long chain of additions rounding would add up.
  const std::int64_t rows =
      std::max<std::int64_t>(1, kChain / std::max<std::int64_t>(grid.output_width, 1));
  sum_over_batch(call, images, output_rows * grid.output_width, dkernel, size, 1, cost,
                 [&](std::int64_t, T* sum, std::int64_t image, std::int64_t last) {
                   std::vector<T> few(static_cast<std::size_t>(size));
                   for (; image < last; ++image) {
                     const T* const x_image = x + image * x_size(*this);
                     const T* const dy_image = dy + image * y_size(*this);
                     for (std::int64_t row = 0; row < output_rows; row += rows) {
                       std::ranges::fill(few, T{0});
                       add_products(*this, {row, std::min(row + rows, output_rows)}, x_image,
                                    dy_image, few.data());
                       for (std::int64_t i = 0; i < size; ++i)
                         sum[i] += few[static_cast<std::size_t>(i)];
                     }
                   }
                 });
}

template void Depthwise::convolve(const KernelCall&, const float*, const float*, float*) const;
template void Depthwise::convolve(const KernelCall&, const double*, const double*, double*) const;
template void Depthwise::gradient_of_input(const KernelCall&, const float*, const float*,
                                           float*) const;
template void Depthwise::gradient_of_input(const KernelCall&, const double*, const double*,
                                           double*) const;
template void Depthwise::gradient_of_kernel(const KernelCall&, const float*, const float*,
                                            float*) const;
template void Depthwise::gradient_of_kernel(const KernelCall&, const double*, const double*,
                                            double*) const;

}  // namespace linseed::kernels
