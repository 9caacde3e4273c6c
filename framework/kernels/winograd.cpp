// The factors of all tiles of a band of lines are four matrices in working memory, [lines · tiles,
// channels]. Each is multiplied by a matrix made of the kernel, by the sums of products that all
// convolutions are made of: 4 · 3 for two positions and a pair of channels, instead of 6 · 3. The
// results are added up into the output. That moves twice the elements of the input and of the
// output, so a band stays in a second-level cache, unless lines are wide.
#include <linseed/framework/kernels/winograd.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/strided.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd_geometry.h>

namespace linseed::kernels {
namespace {

/// So many items of work, if the shapes allow bands of two lines.
constexpr std::int64_t kItems = 16;

/// G g of each line of the kernel: four matrices [lines of the window · in_channels, out_channels],
/// one below the other.
Panels<float> transformed(const KernelCall& call, const Correlation& c, const float* kernel) {
  const std::int64_t place = c.in_channels * c.out_channels;
  const std::int64_t rows = c.window_size[1] * c.in_channels;
  const std::int64_t stride = rows * Panels<float>::width();
  const auto write = [&](std::int64_t row, std::int64_t column, std::int64_t count, float* to) {
    const std::int64_t line = row / c.in_channels, channel = row % c.in_channels;
    const float* const g =
        kernel + line * kWinogradTaps * place + channel * c.out_channels + column;
    independent_loop(count, [=](std::int64_t f) {
      const float outer = g[f] + g[2 * place + f], inner = g[place + f];
      to[f] = g[f];
      to[stride + f] = 0.5F * (outer + inner);
      to[2 * stride + f] = 0.5F * (outer - inner);
      to[3 * stride + f] = g[2 * place + f];
    });
  };
  const double cost = 0.5 * static_cast<double>(c.out_channels);
  return {call.parallel_for, kWinogradFactors, rows, c.out_channels, cost, write};
}

/// How a correlation is computed, by its shape alone.
class Winograd {
 public:
  explicit Winograd(const Correlation& c)
      : c_(c), geometry_(c), segments_(tap_segments(geometry_.height, c.input_size[1])) {
    const std::int64_t for_threads =
        std::min((kItems + c.images - 1) / c.images, geometry_.height.count / 2);
    bands_ = geometry_.bands(std::max(geometry_.bands_for_cache(), for_threads));
    for (const Band& band : bands_) {
      factor_stride_ = std::max(factor_stride_, band.input.size() * geometry_.input_line());
      sum_stride_ = std::max(sum_stride_, band.output.size() * geometry_.output_line());
    }
  }

  void compute(const KernelCall& call, const float* input, const float* kernel,
               float* output) const {
    const std::int64_t rows = kWinogradFactors * c_.window_size[1] * c_.in_channels;
    const Panels<float> panels = transformed(call, c_, kernel);
    const auto bands = static_cast<std::int64_t>(bands_.size());
    const double cost = 1000 + cost_of_products<float>(c_.output_size[1] * geometry_.tiles(),
                                                       c_.out_channels, rows) /
                                   static_cast<double>(bands);
    call.parallel_for(c_.images * bands, cost, [&](std::int64_t begin, std::int64_t end) {
      Buffer memory(static_cast<std::size_t>(kWinogradFactors * (factor_stride_ + sum_stride_) +
                                             c_.in_channels) *
                    sizeof(float));
      float* const factors = static_cast<float*>(memory.data());
      float* const sums = factors + kWinogradFactors * factor_stride_;
      float* const zeros = sums + kWinogradFactors * sum_stride_;
      std::fill_n(zeros, c_.in_channels, 0.F);
      for (std::int64_t item = begin; item < end; ++item) {
        const std::int64_t image = item / bands;
        const Band& band = bands_[static_cast<std::size_t>(item % bands)];
        read(band, input + image * volume(c_.input_size) * c_.in_channels, zeros, factors);
        multiply(band, panels, factors, sums);
        write(band, sums, output + image * volume(c_.output_size) * c_.out_channels);
      }
    });
  }

 private:
  void read(const Band& band, const float* image, const float* zeros, float* factors) const {
    const WinogradLine& line = geometry_.input;
    for (std::int64_t i = band.input.begin; i < band.input.end; ++i) {
      winograd_factors_of_input(line, image + i * line.size * line.channels, zeros,
                                factors + (i - band.input.begin) * geometry_.input_line(),
                                factor_stride_);
    }
  }

  /// Of lines with the same taps inside of the input, all tiles are the rows of one product.
  void multiply(const Band& band, const Panels<float>& panels, const float* factors,
                float* sums) const {
    const std::int64_t width = Panels<float>::width(), channels = c_.in_channels;
    for (const TapSegment& segment : segments_) {
      const Lines lines{std::max(segment.begin, band.output.begin),
                        std::min(segment.end, band.output.end)};
      if (lines.size() <= 0) continue;
      std::vector<TermOffsets> terms;
      for (const Tap& tap : taps_in(geometry_.height, segment)) {
        const std::int64_t line = lines.begin + tap.offset - band.input.begin;
        terms.push_back({line * geometry_.input_line(), tap.place * channels * width});
      }
      const std::int64_t first = (lines.begin - band.output.begin) * geometry_.output_line();
      for (std::int64_t panel = 0; panel < panels.count(); ++panel) {
        for (std::int64_t factor = 0; factor < kWinogradFactors; ++factor) {
          const std::int64_t matrix = factor * c_.window_size[1] * channels;
          SumOfProducts<float>{.m = lines.size() * geometry_.tiles(),
                               .n = std::min(width, c_.out_channels - panel * width),
                               .depth = channels,
                               .terms = terms,
                               .a = factors + factor * factor_stride_,
                               .a_row = channels,
                               .a_column = 1,
                               .b = panels.panel(0, panel) + matrix * width,
                               .b_row = width,
                               .output = sums + factor * sum_stride_ + first + panel * width,
                               .output_row = c_.out_channels,
                               .store = Store::assign}
              .compute();
        }
      }
    }
  }

  void write(const Band& band, const float* sums, float* image) const {
    const WinogradLine& line = geometry_.output;
    for (std::int64_t i = band.output.begin; i < band.output.end; ++i) {
      winograd_output(line, sums + (i - band.output.begin) * geometry_.output_line(), sum_stride_,
                      image + i * line.size * line.channels);
    }
  }

  const Correlation& c_;
  WinogradGeometry geometry_;
  std::vector<TapSegment> segments_;  // of the height
  std::vector<Band> bands_;
  std::int64_t factor_stride_ = 0;  // from one factor of a band's input to the next, ...
  std::int64_t sum_stride_ = 0;     // ... and of its output
};

}  // namespace

void compute_winograd(const KernelCall& call, const Correlation& c, const float* input,
                      const float* kernel, float* output) {
  Winograd(c).compute(call, input, kernel, output);
}

}  // namespace linseed::kernels
