// How well a classifier does, class by class.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/data/batches.h>
#include <linseed/framework/data/fashion_mnist.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/ops/random.h>

#include "support/predictions.h"

namespace example {

/// Counts what was predicted for which class, over any number of batches.
class ClassificationReport {
 public:
  explicit ClassificationReport(std::vector<std::string> classes);

  /// Adds a batch: the class of the greatest logit against the label.
  ///   logits [n, classes], labels [n] int32
  /// InvalidArgument if the shapes do not fit or a label is no class.
  void add(const linseed::Tensor& logits, const linseed::Tensor& labels);

  std::int64_t images() const;
  /// Share of the images whose class was predicted; 0 if there are none.
  double accuracy() const;
  /// A line for each class: images, how many were right, their share, and the class it is taken for
  /// most often; then a line for all.
  std::string table() const;

 private:
  std::size_t place(std::size_t label, std::size_t predicted) const;
  std::int64_t right() const;
  std::string line(std::size_t label) const;

  std::vector<std::string> classes_;
  std::vector<std::int64_t> counts_;  // [label, predicted]
};

/// The report of a classifier (images to logits) on the test images of a task.
template <class Classify>
ClassificationReport report_on(const linseed::data::ImageClassification& task,
                               const Classify& classify) {
  constexpr std::int64_t kBatchSize = 500;
  ClassificationReport report(task.classes);
  for (const auto& batch : linseed::data::in_order(task.test, kBatchSize)) {
    report.add(classify(batch.images), batch.labels);
  }
  return report;
}

/// The same on any set of images, loaded in order and all of them, otherwise as `loading` says.
template <class Classify>
ClassificationReport report_on(const linseed::data::Dataset& images, const Classify& classify,
                               linseed::data::LoaderOptions loading = {}) {
  loading.shuffle = loading.drop_last = false;
  loading.epochs = 1;
  linseed::data::Loader loader(images, 500, linseed::random::key(0), std::move(loading));
  ClassificationReport report(images.classes);
  for (const auto& batch : loader.rest_of_epoch({}))
    report.add(classify(batch.images), batch.labels);
  return report;
}

/// Prints that report, the first test images with what they are taken for, and the accuracy.
template <class Classify>
void print_report(const linseed::data::ImageClassification& task, const Classify& classify) {
  const auto report = report_on(task, classify);
  const auto images = first_images(task.test.images);
  fmt::print("{}\n{}\ntest accuracy {:.4f}\n", report.table(),
             draw_predictions(images, classify(images), task.classes), report.accuracy());
}

}  // namespace example
