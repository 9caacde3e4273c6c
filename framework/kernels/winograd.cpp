// The factors of all tiles of a band of lines are four matrices in working memory, [lines · tiles,
// channels]. Each is multiplied by a matrix made of the kernel, by the sums of products that all
// convolutions are made of: 4 · 3 for two positions and a pair of channels, instead of 6 · 3. The
// results are added up into the output. That moves twice the elements of the input and of the
// output, so a band stays in a second-level cache.
#include <linseed/framework/kernels/winograd.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd_tiles.h>

namespace linseed::kernels {
namespace {

constexpr std::int64_t kBandBytes = 96 * 1024;
/// So many items of work, if the shapes allow.
constexpr std::int64_t kItems = 16;

/// Lines [begin, end).
struct Lines {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t size() const { return end - begin; }
};

/// Part of an image: lines of its output, and what they read of its input.
struct Band {
  Lines output;
  Lines input;
};

/// G g of each line of the kernel: four matrices [lines of the window, in_channels, out_channels].
void transform_kernel(const KernelCall& call, const Correlation& c, const float* kernel,
                      float* factors) {
  const std::int64_t columns = c.out_channels, place = c.in_channels * columns;
  const std::int64_t rows = c.window_size[1] * c.in_channels, stride = rows * columns;
  call.parallel_for(rows, 2.0 * static_cast<double>(columns), [&](auto begin, auto end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t line = row / c.in_channels, channel = row % c.in_channels;
      const float* const g = kernel + line * kWinogradTaps * place + channel * columns;
      float* const to = factors + row * columns;
      for (std::int64_t f = 0; f < columns; ++f) {
        const float outer = g[f] + g[2 * place + f], inner = g[place + f];
        to[f] = g[f];
        to[stride + f] = 0.5F * (outer + inner);
        to[2 * stride + f] = 0.5F * (outer - inner);
        to[3 * stride + f] = g[2 * place + f];
      }
    }
  });
}

/// How a correlation is computed, by its shape alone.
class Winograd {
 public:
  explicit Winograd(const Correlation& c)
      : c_(c), height_(c.parts.front()[1]), segments_(tap_segments(height_, c.input_size[1])) {
    const std::int64_t tiles = (c.output_size[2] + kWinogradTile - 1) / kWinogradTile;
    input_ = {c.input_size[2], c.in_channels, tiles, c.parts.front()[2].taps.front().offset};
    output_ = {c.output_size[2], c.out_channels, tiles};
    cut();
    for (const Band& band : bands_) {
      factors_ = std::max(factors_, band.input.size() * tiles * c.in_channels);
      sums_ = std::max(sums_, band.output.size() * tiles * c.out_channels);
    }
  }

  void compute(const KernelCall& call, const float* input, const float* kernel,
               float* output) const {
    const std::int64_t rows = kWinogradFactors * c_.window_size[1] * c_.in_channels;
    Buffer transformed(static_cast<std::size_t>(rows * c_.out_channels) * sizeof(float));
    float* const matrices = static_cast<float*>(transformed.data());
    transform_kernel(call, c_, kernel, matrices);
    const Panels<float> panels(call.parallel_for, matrices, rows, 1, c_.out_channels);
    const auto bands = static_cast<std::int64_t>(bands_.size());
    const double cost =
        1000 + cost_of_products<float>(c_.output_size[1] * output_.tiles, c_.out_channels, rows) /
                   static_cast<double>(bands);
    call.parallel_for(c_.images * bands, cost, [&](std::int64_t begin, std::int64_t end) {
      Buffer memory(
          static_cast<std::size_t>(kWinogradFactors * (factors_ + sums_) + c_.in_channels) *
          sizeof(float));
      float* const factors = static_cast<float*>(memory.data());
      float* const sums = factors + kWinogradFactors * factors_;
      float* const zeros = sums + kWinogradFactors * sums_;
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
  /// Into bands that stay in a cache, and of which there are enough; but shorter ones than a window
  /// would transform most lines twice.
  void cut() {
    const std::int64_t lines = height_.count;
    const std::int64_t bytes = kWinogradFactors * lines * output_.tiles *
                               (c_.in_channels + c_.out_channels) * std::int64_t{sizeof(float)};
    const std::int64_t wanted =
        std::max((bytes + kBandBytes - 1) / kBandBytes, (kItems + c_.images - 1) / c_.images);
    const std::int64_t most = std::max<std::int64_t>(lines / c_.window_size[1], 1);
    const std::int64_t count = std::min(wanted, most);
    const auto inside = [&](std::int64_t line) {
      return std::clamp<std::int64_t>(line, 0, c_.input_size[1]);
    };
    for (std::int64_t i = 0; i < count; ++i) {
      const Lines output{i * lines / count, (i + 1) * lines / count};
      bands_.push_back({output,
                        {inside(output.begin + height_.taps.front().offset),
                         inside(output.end + height_.taps.back().offset)}});
    }
  }

  void read(const Band& band, const float* image, const float* zeros, float* factors) const {
    for (std::int64_t line = band.input.begin; line < band.input.end; ++line) {
      winograd_factors_of_input(
          input_, image + line * input_.size * input_.channels, zeros,
          factors + (line - band.input.begin) * input_.tiles * input_.channels, factors_);
    }
  }

  /// Of lines with the same taps inside of the input, all tiles are the rows of one product.
  void multiply(const Band& band, const Panels<float>& panels, const float* factors,
                float* sums) const {
    const std::int64_t width = Panels<float>::width();
    const std::int64_t tiles = input_.tiles, channels = c_.in_channels;
    for (const TapSegment& segment : segments_) {
      const Lines lines{std::max(segment.begin, band.output.begin),
                        std::min(segment.end, band.output.end)};
      if (lines.size() <= 0) continue;
      std::vector<TermOffsets> terms;
      for (const Tap& tap : taps_in(height_, segment)) {
        const std::int64_t line = lines.begin + tap.offset - band.input.begin;
        terms.push_back({line * tiles * channels, tap.place * channels * width});
      }
      for (std::int64_t panel = 0; panel < panels.count(); ++panel) {
        for (std::int64_t factor = 0; factor < kWinogradFactors; ++factor) {
          const std::int64_t matrix = factor * c_.window_size[1] * channels;
          float* const to = sums + factor * sums_ + panel * width;
          SumOfProducts<float>{
              .m = lines.size() * tiles,
              .n = std::min(width, c_.out_channels - panel * width),
              .depth = channels,
              .terms = terms,
              .a = factors + factor * factors_,
              .a_row = channels,
              .a_column = 1,
              .b = panels.panel(0, panel) + matrix * width,
              .b_row = width,
              .output = to + (lines.begin - band.output.begin) * tiles * c_.out_channels,
              .output_row = c_.out_channels,
              .store = Store::assign}
              .compute();
        }
      }
    }
  }

  void write(const Band& band, const float* sums, float* image) const {
    for (std::int64_t line = band.output.begin; line < band.output.end; ++line) {
      winograd_output(output_, sums + (line - band.output.begin) * output_.tiles * output_.channels,
                      sums_, image + line * output_.size * output_.channels);
    }
  }

  const Correlation& c_;
  const TapAxis& height_;
  std::vector<TapSegment> segments_;  // of the height
  WinogradLine input_;
  WinogradLine output_;
  std::vector<Band> bands_;
  std::int64_t factors_ = 0;  // from one factor of a band's input to the next, ...
  std::int64_t sums_ = 0;     // ... and of its output
};

}  // namespace

bool has_winograd_window(const Correlation& c) {
  constexpr std::int64_t kEnoughChannels = 16;
  if (c.groups > 1 || c.parts.size() > 1 || c.images == 0) return false;
  if (std::min(c.in_channels, c.out_channels) < kEnoughChannels) return false;
  const auto moves_by_one = [](const TapAxis& axis) {
    return axis.stride == 1 && axis.step == 1 && !axis.taps.empty();
  };
  const TapAxes& axes = c.parts.front();
  const bool is_flat = c.window_size[0] == 1 && c.input_size[0] == 1 && c.output_size[0] == 1;
  return is_flat && std::ranges::all_of(axes, moves_by_one) && are_neighbours(axes[2].taps) &&
         static_cast<std::int64_t>(axes[2].taps.size()) == kWinogradTaps;
}

bool is_winograd(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 64;
  return has_winograd_window(c) && volume(c.output_size) >= kEnoughPositions;
}

void compute_winograd(const KernelCall& call, const Correlation& c, const float* input,
                      const float* kernel, float* output) {
  Winograd(c).compute(call, input, kernel, output);
}

}  // namespace linseed::kernels
