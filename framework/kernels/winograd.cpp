// The factors of all tiles of some images, or of a band of one, are matrices in working memory,
// [tiles, channels]. Each is multiplied by a matrix made of the kernel, by the sums of products
// that all convolutions are made of: 16 for four positions and a pair of channels, instead of 36.
// The results are added up into the output. That moves four times the elements of the input and of
// the output, so what is worked on at once stays in a second-level cache, unless a few tiles, or a
// row of them, are more.
#include <linseed/framework/kernels/winograd.h>

#include <algorithm>
#include <array>

#include <linseed/framework/kernels/panels.h>
#include <linseed/framework/kernels/per_thread.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd_geometry.h>

namespace linseed::kernels {
namespace {

/// So many items of work, if each can have as many tiles as keep the units busy.
constexpr std::int64_t kItems = 16, kFewestTiles = 4;
/// For the tiles of an item, the kernel's factors are read once: small images are worked on
/// together up to so many tiles, or up to so many bytes, and bands of large ones have at least so
/// many.
constexpr std::int64_t kEnoughTiles = 32, kBytesAtOnce = 256 * 1024, kBandTiles = 8;

/// From one of the kernel's matrices to the next, in a panel.
std::int64_t matrix_stride(const Correlation& c) {
  return (c.in_channels + 1) * Panels<float>::width();
}

/// The factors of the kernel: matrices [in_channels, out_channels], one below the other.
Panels<float> transformed(const ParallelFor& parallel_for, const Correlation& c,
                          const float* kernel, void* memory) {
  const std::int64_t place = c.in_channels * c.out_channels;
  const std::int64_t stride = matrix_stride(c);
  const auto write = [&](std::int64_t channel, std::int64_t column, std::int64_t count, float* to) {
    winograd_factors_of_kernel(count, kernel + channel * c.out_channels + column, place,
                               {to, stride});
  };
  const double cost = 2.0 * static_cast<double>(c.out_channels);
  return {parallel_for, kWinogradFactors, c.in_channels, c.out_channels, cost, write, memory};
}

/// How images are cut, by their shape alone.
WinogradItems items_of(const WinogradGeometry& geometry, std::int64_t images) {
  const std::int64_t bytes = geometry.bytes(geometry.rows), tiles = geometry.tiles();
  const std::int64_t for_cache = std::min(geometry.bands_for_cache(), tiles / kBandTiles);
  const std::int64_t for_threads = std::min((kItems + images - 1) / images, tiles / kFewestTiles);
  const std::int64_t bands = std::max(for_cache, for_threads);
  if (bands > 1) return {geometry, 1, bands};
  const std::int64_t together =
      std::max<std::int64_t>({kBytesAtOnce / bytes, kEnoughTiles / tiles, 1});
  return {geometry, std::clamp<std::int64_t>(images / kItems, 1, together), 1};
}

class Winograd {
 public:
  explicit Winograd(const Correlation& c)
      : c_(c), geometry_(c), items_(items_of(geometry_, c.images)) {}

  void compute(const KernelCall& call, const float* input, const float* kernel,
               float* output) const {
    const PerThread factors(
        call.parallel_for,
        Panels<float>::bytes_of_matrices(kWinogradFactors, c_.in_channels, c_.out_channels),
        [&](const ParallelFor& parallel_for, void* memory) {
          return transformed(parallel_for, c_, kernel, memory);
        });
    const std::int64_t count = items_.count(c_.images);
    const double work = geometry_.cost() * static_cast<double>(items_.images());
    const double cost = 1000 + work / static_cast<double>(items_.bands());
    call.parallel_for(count, cost, [&](std::int64_t begin, std::int64_t end) {
      const Panels<float>& panels = factors.value();
      const WinogradMemory memory(geometry_, items_.most_rows());
      for (std::int64_t i = begin; i < end; ++i) {
        const WinogradItem item = items_.item(i, 0, c_.images);
        const WinogradItem next = i + 1 < end ? items_.item(i + 1, 0, c_.images) : WinogradItem{};
        memory.read_input(item, input);
        multiply(geometry_.tiles(item), panels, memory,
                 {geometry_.input_ahead(next, input), geometry_.output_ahead(item, output)});
        memory.write_output(item, output);
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
  WinogradItems items_;
};

}  // namespace

void compute_winograd(const KernelCall& call, const Correlation& c, const float* input,
                      const float* kernel, float* output) {
  Winograd(c).compute(call, input, kernel, output);
}

}  // namespace linseed::kernels
