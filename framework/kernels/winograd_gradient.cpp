// For some images at a time, or a band of one, the factors of all tiles are matrices of the input
// and of the output, in working memory that stays in a second-level cache, unless lines are wide.
// Their products over the tiles are added to a sum for each factor; from these sums, the gradient
// is made at the end.
#include <algorithm>
#include <array>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd.h>
#include <linseed/framework/kernels/winograd_geometry.h>

namespace linseed::kernels {
namespace {

/// Images are worked on together up to so many bytes; larger ones are cut into bands.
constexpr std::int64_t kBytesAtOnce = 384 * 1024;
/// A chain of multiply-adds is at most so long; see correlation_gradient.cpp.
constexpr std::int64_t kChain = 256;

/// How images are cut, by their shape alone.
WinogradItems items_of(const WinogradGeometry& geometry, std::int64_t images) {
  const std::int64_t bytes = geometry.bytes(geometry.rows);
  return {geometry, std::clamp<std::int64_t>(kBytesAtOnce / bytes, 1, images),
          bytes <= kBytesAtOnce ? 1 : geometry.bands_for_cache()};
}

class Gradient {
 public:
  explicit Gradient(const Correlation& c)
      : c_(c), geometry_(c), items_(items_of(geometry_, c.images)) {}

  void compute(const KernelCall& call, const float* input, const float* output,
               float* kernel) const {
    const std::int64_t matrix = c_.in_channels * c_.out_channels;
    const std::int64_t size = kWinogradFactors * matrix;
    Buffer sums(static_cast<std::size_t>(size) * sizeof(float));
    float* const total = static_cast<float*>(sums.data());
    const auto make = [&](float* sum, std::int64_t, std::int64_t, std::int64_t first,
                          std::int64_t last) {
      const WinogradMemory memory(geometry_, items_.most_rows());
      const std::int64_t count = items_.count(last - first);
      for (std::int64_t i = 0; i < count; ++i) {
        const WinogradItem item = items_.item(i, first, last);
        const WinogradItem next = items_.item(i + 1, first, last);
        memory.read_input(item, input);
        memory.read_output(item, output);
        add_products(geometry_.tiles(item), memory, {sum, matrix}, i == 0,
                     {geometry_.input_ahead(next, input), geometry_.output_ahead(next, output)});
      }
    };
    sum_over_batch(call, c_.images, volume(c_.output_size), total, size, 1, geometry_.cost(), make);
    call.parallel_for(matrix, 2, [&](std::int64_t begin, std::int64_t end) {
      winograd_kernel(end - begin, {total + begin, matrix}, kernel + begin, matrix);
    });
  }

 private:
  /// sums [in_channels, out_channels] += inputsᵀ · outputs, for each factor; = for the first ones.
  /// Meanwhile, what will be read next comes into the second-level cache.
  void add_products(std::int64_t tiles, const WinogradMemory& memory,
                    const WinogradFactors<float>& sums, bool is_first,
                    const std::array<Ahead, 2>& ahead) const {
    const WinogradFactors<float> inputs = memory.inputs(), outputs = memory.outputs();
    const TermOffsets term{0, 0};
    for (std::int64_t tile = 0; tile < tiles; tile += kChain) {
      SumOfProducts<float>{.m = c_.in_channels,
                           .n = c_.out_channels,
                           .depth = std::min(kChain, tiles - tile),
                           .terms = {&term, 1},
                           .a = inputs.first + tile * c_.in_channels,
                           .a_row = 1,
                           .a_column = c_.in_channels,
                           .b = outputs.first + tile * c_.out_channels,
                           .b_row = c_.out_channels,
                           .output = sums.first,
                           .output_row = c_.out_channels,
                           .store = is_first && tile == 0 ? Store::assign : Store::add,
                           .ahead = tile == 0 ? ahead : std::array<Ahead, 2>{},
                           .count = kWinogradFactors,
                           .a_next = inputs.stride,
                           .b_next = outputs.stride,
                           .output_next = sums.stride}
          .compute();
    }
  }

  const Correlation& c_;
  WinogradGeometry geometry_;
  WinogradItems items_;
};

}  // namespace

void winograd_gradient_of_kernel(const KernelCall& call, const Correlation& c, const float* input,
                                 const float* output, float* kernel) {
  Gradient(c).compute(call, input, output, kernel);
}

}  // namespace linseed::kernels
