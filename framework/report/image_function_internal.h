// A function of images that a checkpoint holds, ready to be called.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <linseed/framework/data/image.h>
#include <linseed/framework/io/checkpoint_file.h>

namespace linseed {

/// A function of images [batch, height, width, channels] float32 as a plan over a state. See
/// export_function for what "predict" and "batch_stats" are.
class ImageFunction {
 public:
  /// `function` over the tensors of its state. NotSupported if it does not take such images, and
  /// these alone.
  ImageFunction(const Exported& function, std::vector<Tensor> state);
  /// `name` of the functions in `file`. NotSupported, too, if there is no such function.
  ImageFunction(const CheckpointFile& file, const std::string& name);

  std::int64_t batch() const { return images_.shape[0]; }
  data::ImageShape shape() const { return {images_.shape[1], images_.shape[2], images_.shape[3]}; }
  /// Of the results, in order.
  const std::vector<Exported::Named>& results() const { return results_; }
  /// How many classes its only result, logits [batch, classes], has. NotSupported if it returns
  /// something else.
  std::int64_t class_count() const;

  /// Evaluated. `images` [batch, height, width, channels].
  std::vector<Tensor> operator()(const Tensor& images) const { return run_(images); }

 private:
  TensorSpec images_;
  std::vector<Exported::Named> results_;
  std::function<std::vector<Tensor>(const Tensor&)> run_;
};

/// log softmax(x)_i = x_i − log Σ_j exp x_j of one image's logits, in float64. Empty if they say
/// nothing: one is NaN or +∞, or all are −∞.
std::vector<double> log_softmax(std::span<const float> logits);

/// What the settings of a run call its classes: the array "classes".
std::vector<std::string> class_names(const nlohmann::ordered_json& settings);

/// Makes them `count`: those that are missing are numbers.
void complete_class_names(std::vector<std::string>& names, std::size_t count);

}  // namespace linseed
