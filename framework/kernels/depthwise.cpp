// With more features than channels, an image is spread out first, each channel beside its copies,
// and its gradient is gathered: then there is one channel for each feature.
#include <linseed/framework/kernels/depthwise.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/window_products.h>

namespace linseed::kernels {
namespace {

/// Positions that are summed in one chain.
constexpr std::int64_t kChain = 1024;
/// The work of a product, in ns.
constexpr double kCost = 0.1;

/// An image with a channel for each feature: itself, or a copy.
template <class T>
class SpreadImage {
 public:
  explicit SpreadImage(const Depthwise& d)
      : pixels_(volume(d.input_size)),
        channels_(d.channels),
        multiplier_(d.multiplier),
        copy_(multiplier_ == 1 ? 0 : static_cast<std::size_t>(pixels_ * d.features()) * sizeof(T)) {
  }

  const T* of(const T* image) {
    if (multiplier_ == 1) return image;
    T* to = copy();
    for (std::int64_t i = 0; i < pixels_ * channels_; ++i) {
      for (std::int64_t f = 0; f < multiplier_; ++f) *to++ = image[i];
    }
    return copy();
  }

  /// Where an image of all features is written, to be gathered.
  T* before(T* image) { return multiplier_ == 1 ? image : copy(); }

  /// Sums the features of each channel.
  void gather(T* image) {
    if (multiplier_ == 1) return;
    const T* from = copy();
    for (std::int64_t i = 0; i < pixels_ * channels_; ++i) {
      T sum = *from++;
      for (std::int64_t f = 1; f < multiplier_; ++f) sum += *from++;
      image[i] = sum;
    }
  }

 private:
  T* copy() { return static_cast<T*>(copy_.data()); }

  std::int64_t pixels_;
  std::int64_t channels_;
  std::int64_t multiplier_;
  Buffer copy_;
};

/// Elements of x and of y of one image.
std::int64_t x_size(const Depthwise& d) { return volume(d.input_size) * d.channels; }
std::int64_t y_size(const Depthwise& d) { return volume(d.output_size) * d.features(); }

/// The work of an image, in ns.
double image_cost(const Depthwise& d) {
  return kCost * static_cast<double>(y_size(d) * volume(d.window_size)) +
         static_cast<double>(d.multiplier > 1 ? volume(d.input_size) * d.features() : 0);
}

}  // namespace

template <class T>
void Depthwise::convolve(const KernelCall& call, const T* x, const T* kernel, T* y) const {
  const WindowLines all = window_lines(window, window_size, input_size, output_size, features());
  const auto weigh = [&](const WindowLine& line, const T* image, std::int64_t number) {
    weigh_line(all, line, image, kernel, y + number * y_size(*this));
  };
  if (multiplier == 1) {
    return for_each_line(call, all, images, kCost, [&](const WindowLine& line, std::int64_t image) {
      weigh(line, x + image * x_size(*this), image);
    });
  }
  call.parallel_for(images, image_cost(*this), [&](std::int64_t begin, std::int64_t end) {
    SpreadImage<T> spread(*this);
    for (std::int64_t image = begin; image < end; ++image) {
      const T* const input = spread.of(x + image * x_size(*this));
      for (const WindowLine& line : all.lines) weigh(line, input, image);
    }
  });
}

template <class T>
void Depthwise::gradient_of_input(const KernelCall& call, const T* dy, const T* kernel,
                                  T* dx) const {
  const WindowLines all = adjoint_lines(window, window_size, input_size, output_size, features());
  call.parallel_for(images, image_cost(*this), [&](std::int64_t begin, std::int64_t end) {
    SpreadImage<T> spread(*this);
    for (std::int64_t image = begin; image < end; ++image) {
      T* const dx_image = dx + image * x_size(*this);
      T* const output = spread.before(dx_image);
      for (const WindowLine& line : all.lines) {
        weigh_line(all, line, dy + image * y_size(*this), kernel, output);
      }
      spread.gather(dx_image);
    }
  });
}

template <class T>
void Depthwise::gradient_of_kernel(const KernelCall& call, const T* x, const T* dy,
                                   T* dkernel) const {
  const WindowLines all = window_lines(window, window_size, input_size, output_size, features());
  const std::int64_t size = volume(window_size) * features();
  sum_over_batch(call, images, volume(output_size), dkernel, size, 1, image_cost(*this),
                 [&](T* sum, std::int64_t, std::int64_t, std::int64_t image, std::int64_t last) {
                   std::fill_n(sum, size, T{0});
                   SpreadImage<T> spread(*this);
                   // Some positions at a time are summed apart: in one long chain rounding would
                   // add up.
                   std::vector<T> few(static_cast<std::size_t>(size));
                   std::int64_t positions = 0;
                   const auto add_few = [&] {
                     for (std::size_t i = 0; i < few.size(); ++i) sum[i] += few[i];
                     std::ranges::fill(few, T{0});
                     positions = 0;
                   };
                   for (; image < last; ++image) {
                     const T* const input = spread.of(x + image * x_size(*this));
                     for (const WindowLine& line : all.lines) {
                       add_products_of_line(all, line, input, dy + image * y_size(*this),
                                            few.data());
                       positions += line.count;
                       if (positions >= kChain) add_few();
                     }
                   }
                   add_few();
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
