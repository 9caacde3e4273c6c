#include "support/predictions.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/activation.h>

#include "support/draw.h"

namespace example {

linseed::Tensor first_images(const linseed::Tensor& images) {
  constexpr std::int64_t kCount = 4;
  return linseed::slice(images, {0, 0, 0, 0},
                        {kCount, images.dim(1), images.dim(2), images.dim(3)});
}

std::string draw_predictions(const linseed::Tensor& images, const linseed::Tensor& logits,
                             const std::vector<std::string>& classes) {
  const linseed::Tensor predicted = linseed::argmax(logits, -1);
  const linseed::Tensor probability = linseed::max(linseed::nn::softmax(logits), -1);
  const auto pixels = static_cast<std::size_t>(images.dim(1) * images.dim(2));
  std::vector<Drawing> drawings;
  std::vector<std::string> captions;
  for (std::size_t i = 0; i < static_cast<std::size_t>(images.dim(0)); ++i) {
    drawings.push_back(
        draw(images.data<float>().subspan(i * pixels, pixels), static_cast<int>(images.dim(2))));
    const auto best = static_cast<std::size_t>(predicted.data<std::int32_t>()[i]);
    captions.push_back(
        fmt::format("{} {:.0f} %", classes[best], 100 * probability.data<float>()[i]));
  }
  return side_by_side(drawings, captions);
}

std::string best_classes(const linseed::Tensor& logits, const std::vector<std::string>& classes,
                         std::size_t count) {
  const linseed::Tensor probabilities = linseed::nn::softmax(logits);
  const auto p = probabilities.data<float>();
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    texts.push_back(fmt::format("{} {:.1f} %", classes.at(order[i]), 100 * p[order[i]]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace example
