// The factors of all tiles of a band of an image are matrices in working memory, [tiles, channels].
// Each is multiplied by a matrix made of the kernel, by the sums of products that all convolutions
// are made of: 16 for four positions and a pair of channels, instead of 36. The results are added
// up into the output. That moves four times the elements of the input and of the output, so a band
// stays in a second-level cache, unless lines are wide.
#include <linseed/framework/kernels/winograd.h>

#include <algorithm>
#include <array>
#include <vector>

#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd_geometry.h>

namespace linseed::kernels {
namespace {

/// So many items of work, if each can have as many tiles as keep the units busy.
constexpr std::int64_t kItems = 16, kFewestTiles = 4;

/// From one of the kernel's matrices to the next, in a panel.
std::int64_t matrix_stride(const Correlation& c) {
  return (c.in_channels + 1) * Panels<float>::width();
}

/// The factors of the kernel: matrices [in_channels, out_channels], one below the other.
Panels<float> transformed(const KernelCall& call, const Correlation& c, const float* kernel) {
  const std::int64_t place = c.in_channels * c.out_channels;
  const std::int64_t stride = matrix_stride(c);
  const auto write = [&](std::int64_t channel, std::int64_t column, std::int64_t count, float* to) {
    winograd_factors_of_kernel(count, kernel + channel * c.out_channels + column, place,
                               {to, stride});
  };
  const double cost = 2.0 * static_cast<double>(c.out_channels);
  return {call.parallel_for, kWinogradFactors, c.in_channels, c.out_channels, cost, write};
}

/// How a correlation is computed, by its shape alone.
class Winograd {
 public:
  explicit Winograd(const Correlation& c) : c_(c), geometry_(c) {
    const std::int64_t for_threads =
        std::min((kItems + c.images - 1) / c.images, geometry_.tiles() / kFewestTiles);
    bands_ = geometry_.bands(std::max(geometry_.bands_for_cache(), for_threads));
    for (const Band& band : bands_) most_rows_ = std::max(most_rows_, band.rows());
  }

  void compute(const KernelCall& call, const float* input, const float* kernel,
               float* output) const {
    const Panels<float> panels = transformed(call, c_, kernel);
    const auto bands = static_cast<std::int64_t>(bands_.size());
    const auto band_of = [&](std::int64_t item) {
      return bands_[static_cast<std::size_t>(item % bands)];
    };
    const auto input_of = [&](std::int64_t item) {
      return input + item / bands * volume(c_.input_size) * c_.in_channels;
    };
    const double cost = 1000 + geometry_.cost() / static_cast<double>(bands);
    call.parallel_for(c_.images * bands, cost, [&](std::int64_t begin, std::int64_t end) {
      const WinogradMemory memory(geometry_, most_rows_);
      for (std::int64_t item = begin; item < end; ++item) {
        const Band band = band_of(item);
        float* const image = output + item / bands * volume(c_.output_size) * c_.out_channels;
        const bool is_last = item + 1 == end;
        const std::array<Ahead, 2> ahead{
            is_last ? Ahead{} : geometry_.input_ahead(band_of(item + 1), input_of(item + 1), 1),
            geometry_.output_ahead(band, image, 1)};
        memory.read_input(band, input_of(item), 0);
        multiply(geometry_.tiles(band), panels, memory, ahead);
        memory.write_output(band, image);
      }
    });
  }

 private:
  /// Meanwhile, what will be read and written next comes into the second-level cache.
  void multiply(std::int64_t tiles, const Panels<float>& panels, const WinogradMemory& memory,
                const std::array<Ahead, 2>& ahead) const {
    const std::int64_t width = Panels<float>::width();
    const WinogradFactors<float> inputs = memory.inputs(), outputs = memory.outputs();
    const TermOffsets term{0, 0};
    for (std::int64_t panel = 0; panel < panels.count(); ++panel) {
      SumOfProducts<float>{.m = tiles,
                           .n = std::min(width, c_.out_channels - panel * width),
                           .depth = c_.in_channels,
                           .terms = {&term, 1},
                           .a = inputs.first,
                           .a_row = c_.in_channels,
                           .a_column = 1,
                           .b = panels.panel(0, panel),
                           .b_row = width,
                           .output = outputs.first + panel * width,
                           .output_row = c_.out_channels,
                           .store = Store::assign,
                           .ahead = panel == 0 ? ahead : std::array<Ahead, 2>{},
                           .count = kWinogradFactors,
                           .a_next = inputs.stride,
                           .b_next = matrix_stride(c_),
                           .output_next = outputs.stride}
          .compute();
    }
  }

  const Correlation& c_;
  WinogradGeometry geometry_;
  std::vector<Band> bands_;
  std::int64_t most_rows_ = 0;  // of a band
};

}  // namespace

void compute_winograd(const KernelCall& call, const Correlation& c, const float* input,
                      const float* kernel, float* output) {
  Winograd(c).compute(call, input, kernel, output);
}

}  // namespace linseed::kernels
