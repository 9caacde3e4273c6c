// For some images at a time, or a band of one, the factors of the tiles of all lines are four
// matrices of the input and four of the output, in working memory that stays in a second-level
// cache, unless lines are wide. For each line of the window, their products over the tiles are what
// it adds to a sum of its own; from the sums of the four factors, the gradient is made at the end.
#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd.h>
#include <linseed/framework/kernels/winograd_geometry.h>

namespace linseed::kernels {
namespace {

/// Images are worked on together up to so many bytes; larger ones are cut into bands.
constexpr std::int64_t kBytesAtOnce = 288 * 1024;
/// A chain of multiply-adds is at most so long; see correlation_gradient.cpp.
constexpr std::int64_t kChain = 256;

/// How it is computed, by its shape alone.
class Gradient {
 public:
  explicit Gradient(const Correlation& c) : c_(c), geometry_(c) {
    const std::int64_t bytes = geometry_.bytes({0, c.input_size[1]}, {0, geometry_.height.count});
    images_ = std::clamp<std::int64_t>(kBytesAtOnce / bytes, 1, c.images);
    bands_ = geometry_.bands(bytes <= kBytesAtOnce ? 1 : geometry_.bands_for_cache());
    for (const Band& band : bands_) {
      input_image_ = std::max(input_image_, band.input.size() * geometry_.input_line());
      output_image_ = std::max(output_image_, band.output.size() * geometry_.output_line());
    }
  }

  void compute(const KernelCall& call, const float* input, const float* output,
               float* kernel) const {
    const std::int64_t size = kWinogradFactors * c_.window_size[1] * matrix();
    Buffer sums(static_cast<std::size_t>(size) * sizeof(float));
    float* const total = static_cast<float*>(sums.data());
    const double cost = cost_of_products<float>(size / c_.out_channels, c_.out_channels,
                                                c_.output_size[1] * geometry_.tiles());
    const auto add = [&](float* sum, std::int64_t, std::int64_t, std::int64_t image,
                         std::int64_t last) {
      const std::int64_t channels = std::max(c_.in_channels, c_.out_channels);
      Buffer memory(static_cast<std::size_t>(kWinogradFactors * (input_stride() + output_stride()) +
                                             channels) *
                    sizeof(float));
      float* const inputs = static_cast<float*>(memory.data());
      float* const outputs = inputs + kWinogradFactors * input_stride();
      float* const zeros = outputs + kWinogradFactors * output_stride();
      std::fill_n(zeros, channels, 0.F);
      for (; image < last; image += images_) {
        const std::int64_t count = std::min(images_, last - image);
        for (const Band& band : bands_) {
          for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t from_input = (image + i) * volume(c_.input_size) * c_.in_channels;
            const std::int64_t from_output = (image + i) * volume(c_.output_size) * c_.out_channels;
            read(band, input + from_input, output + from_output, zeros, inputs + i * input_image_,
                 outputs + i * output_image_);
          }
          add_products(count, band, inputs, outputs, sum);
        }
      }
    };
    sum_over_batch(call, c_.images, volume(c_.output_size), total, size, 1, cost, add);
    transform_sums(call, total, kernel);
  }

 private:
  std::int64_t matrix() const { return c_.in_channels * c_.out_channels; }
  /// From one factor to the next.
  std::int64_t input_stride() const { return images_ * input_image_; }
  std::int64_t output_stride() const { return images_ * output_image_; }

  void read(const Band& band, const float* input, const float* output, const float* zeros,
            float* inputs, float* outputs) const {
    for (std::int64_t i = band.input.begin; i < band.input.end; ++i) {
      const WinogradLine& line = geometry_.input;
      winograd_factors_of_input(line, input + i * line.size * line.channels, zeros,
                                inputs + (i - band.input.begin) * geometry_.input_line(),
                                input_stride());
    }
    for (std::int64_t i = band.output.begin; i < band.output.end; ++i) {
      const WinogradLine& line = geometry_.output;
      winograd_factors_of_output(line, output + i * line.size * line.channels, zeros,
                                 outputs + (i - band.output.begin) * geometry_.output_line(),
                                 output_stride());
    }
  }

  void add_products(std::int64_t images, const Band& band, const float* inputs,
                    const float* outputs, float* sum) const {
    for (const Tap& tap : geometry_.height.taps) {
      // The lines at which it is inside of the input.
      const Lines lines{std::max(band.output.begin, -tap.offset),
                        std::min(band.output.end, c_.input_size[1] - tap.offset)};
      if (lines.size() <= 0) continue;
      const std::int64_t from_input =
          (lines.begin + tap.offset - band.input.begin) * geometry_.input_line();
      const std::int64_t from_output = (lines.begin - band.output.begin) * geometry_.output_line();
      for (std::int64_t factor = 0; factor < kWinogradFactors; ++factor) {
        add_chains(images, lines.size() * geometry_.tiles(),
                   inputs + factor * input_stride() + from_input,
                   outputs + factor * output_stride() + from_output,
                   sum + (factor * c_.window_size[1] + tap.place) * matrix());
      }
    }
  }

  /// sum [in_channels, out_channels] += inputsᵀ · outputs, over as many tiles of each image.
  void add_chains(std::int64_t images, std::int64_t tiles, const float* inputs,
                  const float* outputs, float* sum) const {
    SumOfProducts<float> products{.m = c_.in_channels,
                                  .n = c_.out_channels,
                                  .a_row = 1,
                                  .a_column = c_.in_channels,
                                  .b_row = c_.out_channels,
                                  .output = sum,
                                  .output_row = c_.out_channels,
                                  .store = Store::add};
    const std::int64_t together = std::max<std::int64_t>(kChain / tiles, 1);
    for (std::int64_t image = 0; image < images; image += together) {
      std::vector<TermOffsets> terms;
      for (std::int64_t i = image; i < std::min(image + together, images); ++i) {
        terms.push_back({i * input_image_, i * output_image_});
      }
      products.terms = terms;
      for (std::int64_t tile = 0; tile < tiles; tile += kChain) {
        products.depth = std::min(kChain, tiles - tile);
        products.a = inputs + tile * c_.in_channels;
        products.b = outputs + tile * c_.out_channels;
        products.compute();
      }
    }
  }

  /// Gᵀ of the four sums, for each line of the window and input channel.
  void transform_sums(const KernelCall& call, const float* sums, float* kernel) const {
    const std::int64_t columns = c_.out_channels, place = matrix();
    const std::int64_t rows = c_.window_size[1] * c_.in_channels, stride = rows * columns;
    call.parallel_for(rows, 2.0 * static_cast<double>(columns), [&](auto begin, auto end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t line = row / c_.in_channels, channel = row % c_.in_channels;
        const float* const m = sums + row * columns;
        float* const to = kernel + line * kWinogradTaps * place + channel * columns;
        independent_loop(columns, [=](std::int64_t f) {
          const float half_sum = 0.5F * (m[stride + f] + m[2 * stride + f]);
          to[f] = m[f] + half_sum;
          to[place + f] = 0.5F * (m[stride + f] - m[2 * stride + f]);
          to[2 * place + f] = half_sum + m[3 * stride + f];
        });
      }
    });
  }

  const Correlation& c_;
  WinogradGeometry geometry_;
  std::int64_t images_;  // at once
  std::vector<Band> bands_;
  std::int64_t input_image_ = 0;   // elements of a factor of a band's input, ...
  std::int64_t output_image_ = 0;  // ... and of its output
};

}  // namespace

void winograd_gradient_of_kernel(const KernelCall& call, const Correlation& c, const float* input,
                                 const float* output, float* kernel) {
  Gradient(c).compute(call, input, output, kernel);
}

}  // namespace linseed::kernels
