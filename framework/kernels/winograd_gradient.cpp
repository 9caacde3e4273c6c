// For some images at a time, or a band of one, the factors of all tiles are matrices of the input
// and of the output, in working memory that stays in a second-level cache, unless lines are wide.
// Their products over the tiles are added to a sum for each factor; from these sums, the gradient
// is made at the end.
#include <algorithm>
#include <array>
#include <vector>

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

/// How it is computed, by its shape alone.
class Gradient {
 public:
  explicit Gradient(const Correlation& c) : c_(c), geometry_(c) {
    const std::int64_t bytes = geometry_.bytes(geometry_.rows);
    images_ = std::clamp<std::int64_t>(kBytesAtOnce / bytes, 1, c.images);
    bands_ = geometry_.bands(bytes <= kBytesAtOnce ? 1 : geometry_.bands_for_cache());
    for (const Band& band : bands_) most_rows_ = std::max(most_rows_, images_ * band.rows());
  }

  void compute(const KernelCall& call, const float* input, const float* output,
               float* kernel) const {
    const std::int64_t matrix = c_.in_channels * c_.out_channels;
    const std::int64_t size = kWinogradFactors * matrix;
    Buffer sums(static_cast<std::size_t>(size) * sizeof(float));
    float* const total = static_cast<float*>(sums.data());
    const std::int64_t input_size = volume(c_.input_size) * c_.in_channels;
    const std::int64_t output_size = volume(c_.output_size) * c_.out_channels;
    const auto add = [&](float* sum, std::int64_t, std::int64_t, std::int64_t image,
                         std::int64_t last) {
      const WinogradMemory memory(geometry_, most_rows_);
      const auto bands = static_cast<std::int64_t>(bands_.size());
      const auto band_of = [&](std::int64_t item) {
        return bands_[static_cast<std::size_t>(item % bands)];
      };
      const auto image_of = [&](std::int64_t item) { return image + item / bands * images_; };
      const auto count_of = [&](std::int64_t item) {
        return std::clamp<std::int64_t>(last - image_of(item), 0, images_);
      };
      for (std::int64_t item = 0; count_of(item) > 0; ++item) {
        const Band band = band_of(item), next = band_of(item + 1);
        const std::int64_t next_image = image_of(item + 1), next_count = count_of(item + 1);
        for (std::int64_t i = 0; i < count_of(item); ++i) {
          const std::int64_t number = image_of(item) + i, row = i * band.rows();
          memory.read_input(band, input + number * input_size, row);
          memory.read_output(band, output + number * output_size, row);
        }
        add_products(count_of(item) * geometry_.tiles(band), memory, {sum, matrix},
                     {geometry_.input_ahead(next, input + next_image * input_size, next_count),
                      geometry_.output_ahead(next, output + next_image * output_size, next_count)});
      }
    };
    sum_over_batch(call, c_.images, volume(c_.output_size), total, size, 1, geometry_.cost(), add);
    call.parallel_for(matrix, 2, [&](std::int64_t begin, std::int64_t end) {
      winograd_kernel(end - begin, {total + begin, matrix}, kernel + begin, matrix);
    });
  }

 private:
  /// sums [in_channels, out_channels] += inputsᵀ · outputs, for each factor. Meanwhile, what will
  /// be read next comes into the second-level cache.
  void add_products(std::int64_t tiles, const WinogradMemory& memory,
                    const WinogradFactors<float>& sums, const std::array<Ahead, 2>& ahead) const {
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
                           .store = Store::add,
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
  std::int64_t images_;  // at once
  std::vector<Band> bands_;
  std::int64_t most_rows_ = 0;  // at once
};

}  // namespace

void winograd_gradient_of_kernel(const KernelCall& call, const Correlation& c, const float* input,
                                 const float* output, float* kernel) {
  Gradient(c).compute(call, input, output, kernel);
}

}  // namespace linseed::kernels
