// What a network says about labelled images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/data/dataset.h>
#include <linseed/framework/report/image_function_internal.h>

namespace linseed::page {

/// An image, and what is said about it.
struct Prediction {
  std::int64_t index = 0;  // in its set
  std::int32_t label = 0;
  std::int32_t predicted = 0;  // the class of the greatest logit
  double probability = 0;      // of that class
  double label_probability = 0;
  double loss = 0;  // cross entropy: −log label_probability
};

struct Confusion {
  std::vector<std::string> classes;               // one name for each logit
  std::vector<std::vector<std::int64_t>> counts;  // [label][prediction]
  std::vector<Prediction> worst;                  // the highest losses, the highest first
  double mean_loss = 0;             // of the images that are counted; NaN if there are none
  std::vector<std::string> broken;  // what is wrong with images that could not be read
  std::int64_t not_finite = 0;      // images whose logits say nothing

  /// Those that are counted.
  std::int64_t images() const;
  /// Top-1; images whose logits say nothing are wrong.
  double accuracy() const;
};

/// Runs `predict` over all of `images`, batch by batch, and keeps the `worst` predictions. Names of
/// classes that are missing are numbers. InvalidArgument if `predict` takes images of another
/// shape or a label is none of the classes, DataCorruption if no image can be read; otherwise as
/// ImageFunction.
Confusion confusion_of(const ImageFunction& predict, const data::Dataset& images,
                       std::vector<std::string> classes, std::size_t worst);

/// The matrix, label by label, with accuracies, and the pairs that are confused most often.
std::string confusion_html(const Confusion& confusion);

/// The worst images, read again from the set.
std::string worst_html(const Confusion& confusion, const data::Dataset& images);

}  // namespace linseed::page
