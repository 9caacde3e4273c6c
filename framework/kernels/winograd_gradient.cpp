// For some images at a time, the factors of the tiles of all lines are four matrices of the input
// and four of the output, in working memory that stays in a second-level cache. For each line of
// the window, their products over the tiles are what it adds to a sum of its own; from the sums of
// the four factors, the gradient is made at the end.
#include <algorithm>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/chunks.h>
#include <linseed/framework/kernels/sum_of_products.h>
#include <linseed/framework/kernels/winograd.h>
#include <linseed/framework/kernels/winograd_tiles.h>

namespace linseed::kernels {
namespace {

/// What is worked on at once.
constexpr std::int64_t kBytesAtOnce = 256 * 1024;
/// A chain of multiply-adds is at most so long; see correlation_gradient.cpp.
constexpr std::int64_t kChain = 256;

/// How it is computed, by its shape alone.
class Gradient {
 public:
  explicit Gradient(const Correlation& c) : c_(c), height_(c.parts.front()[1]) {
    const std::int64_t tiles = (c.output_size[2] + kWinogradTile - 1) / kWinogradTile;
    input_ = {c.input_size[2], c.in_channels, tiles, c.parts.front()[2].taps.front().offset};
    output_ = {c.output_size[2], c.out_channels, tiles};
    input_image_ = c.input_size[1] * tiles * c.in_channels;
    output_image_ = c.output_size[1] * tiles * c.out_channels;
    const std::int64_t bytes =
        kWinogradFactors * (input_image_ + output_image_) * std::int64_t{sizeof(float)};
    at_once_ = std::clamp<std::int64_t>(kBytesAtOnce / bytes, 1, c.images);
  }

  void compute(const KernelCall& call, const float* input, const float* output,
               float* kernel) const {
    const std::int64_t size =
        kWinogradFactors * c_.window_size[1] * c_.in_channels * c_.out_channels;
    Buffer sums(static_cast<std::size_t>(size) * sizeof(float));
    float* const total = static_cast<float*>(sums.data());
    const double cost = cost_of_products<float>(size / c_.out_channels, c_.out_channels,
                                                c_.output_size[1] * output_.tiles);
    const auto add = [&](float* sum, std::int64_t, std::int64_t, std::int64_t image,
                         std::int64_t last) {
      Buffer memory(
          static_cast<std::size_t>(kWinogradFactors * at_once_ * (input_image_ + output_image_) +
                                   std::max(input_.channels, output_.channels)) *
          sizeof(float));
      float* const inputs = static_cast<float*>(memory.data());
      float* const outputs = inputs + kWinogradFactors * at_once_ * input_image_;
      float* const zeros = outputs + kWinogradFactors * at_once_ * output_image_;
      std::fill_n(zeros, std::max(input_.channels, output_.channels), 0.F);
      for (; image < last; image += at_once_) {
        const std::int64_t count = std::min(at_once_, last - image);
        read(count, input + image * c_.input_size[1] * input_.size * input_.channels,
             output + image * c_.output_size[1] * output_.size * output_.channels, zeros, inputs,
             outputs);
        add_products(count, inputs, outputs, sum);
      }
    };
    sum_over_batch(call, c_.images, volume(c_.output_size), total, size, 1, cost, add);
    transform_sums(total, kernel);
  }

 private:
  /// Lines of neighbouring images follow each other, in memory and among the factors.
  void read(std::int64_t images, const float* from_input, const float* from_output,
            const float* zeros, float* inputs, float* outputs) const {
    for (std::int64_t line = 0; line < images * c_.input_size[1]; ++line) {
      winograd_factors_of_input(input_, from_input + line * input_.size * input_.channels, zeros,
                                inputs + line * input_.tiles * input_.channels,
                                at_once_ * input_image_);
    }
    for (std::int64_t line = 0; line < images * c_.output_size[1]; ++line) {
      winograd_factors_of_output(output_, from_output + line * output_.size * output_.channels,
                                 zeros, outputs + line * output_.tiles * output_.channels,
                                 at_once_ * output_image_);
    }
  }

  void add_products(std::int64_t images, const float* inputs, const float* outputs,
                    float* sum) const {
    const std::int64_t matrix = c_.in_channels * c_.out_channels;
    for (const Tap& tap : height_.taps) {
      // The lines at which it is inside of the input.
      const std::int64_t begin = std::max<std::int64_t>(-tap.offset, 0);
      const std::int64_t end = std::min(height_.count, c_.input_size[1] - tap.offset);
      if (begin >= end) continue;
      const std::int64_t input_line = (begin + tap.offset) * input_.tiles * input_.channels;
      const std::int64_t output_line = begin * output_.tiles * output_.channels;
      for (std::int64_t factor = 0; factor < kWinogradFactors; ++factor) {
        add_chains(images, (end - begin) * output_.tiles,
                   inputs + factor * at_once_ * input_image_ + input_line,
                   outputs + factor * at_once_ * output_image_ + output_line,
                   sum + (factor * c_.window_size[1] + tap.place) * matrix);
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

  /// Gᵀ of the four sums, for each line of the window.
  void transform_sums(const float* sums, float* kernel) const {
    const std::int64_t matrix = c_.in_channels * c_.out_channels;
    const std::int64_t stride = c_.window_size[1] * matrix;
    for (std::int64_t line = 0; line < c_.window_size[1]; ++line) {
      const float* const from = sums + line * matrix;
      float* const to = kernel + line * kWinogradTaps * matrix;
      for (std::int64_t i = 0; i < matrix; ++i) {
        const float one = 0.5F * from[stride + i], two = 0.5F * from[2 * stride + i];
        to[i] = from[i] + (one + two);
        to[matrix + i] = one - two;
        to[2 * matrix + i] = from[3 * stride + i] + (one + two);
      }
    }
  }

  const Correlation& c_;
  const TapAxis& height_;
  WinogradLine input_;
  WinogradLine output_;
  std::int64_t input_image_;   // elements of a factor of an image's input, ...
  std::int64_t output_image_;  // ... and of its output
  std::int64_t at_once_;       // images
};

}  // namespace

bool is_winograd_gradient(const Correlation& c) {
  constexpr std::int64_t kEnoughPositions = 16;
  const std::int64_t positions = volume(c.output_size);
  return has_winograd_window(c) && positions >= kEnoughPositions &&
         chunks_of(c.images, positions) == kMostChunks;
}

void winograd_gradient_of_kernel(const KernelCall& call, const Correlation& c, const float* input,
                                 const float* output, float* kernel) {
  Gradient(c).compute(call, input, output, kernel);
}

}  // namespace linseed::kernels
