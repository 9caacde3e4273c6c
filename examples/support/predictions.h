// What a classifier takes images for, as a picture made of characters.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace example {

/// The first few of these images.
linseed::Tensor first_images(const linseed::Tensor& images);

/// Grey images [n, h, w, 1] side by side, each under the class of its greatest logit, with the
/// probability that softmax gives it.
std::string draw_predictions(const linseed::Tensor& images, const linseed::Tensor& logits,
                             const std::vector<std::string>& classes);

/// "Sneaker 93.1 %, Sandal 5.0 %": the `count` classes of highest probability for the logits of one
/// image, best first.
std::string best_classes(const linseed::Tensor& logits, const std::vector<std::string>& classes,
                         std::size_t count);

}  // namespace example
