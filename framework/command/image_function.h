// A function of images that a checkpoint holds, ready to be called.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <linseed/framework/data/image.h>
#include <linseed/framework/io/checkpoint_file.h>

namespace linseed::command {

/// `name` of the functions in `file`, as a plan over the state there. See export_function for what
/// "predict" and "batch_stats" are.
class ImageFunction {
 public:
  /// NotSupported if the file has no such function, or it does not take images [batch, height,
  /// width, channels] float32 alone.
  ImageFunction(const CheckpointFile& file, const std::string& name);

  std::int64_t batch() const { return images_.shape[0]; }
  data::ImageShape shape() const { return {images_.shape[1], images_.shape[2], images_.shape[3]}; }
  /// Of the results, in order.
  const std::vector<Exported::Named>& results() const { return results_; }

  /// Evaluated. `images` [batch, height, width, channels].
  std::vector<Tensor> operator()(const Tensor& images) const { return run_(images); }

 private:
  TensorSpec images_;
  std::vector<Exported::Named> results_;
  std::function<std::vector<Tensor>(const Tensor&)> run_;
};

/// The names of the classes in a checkpoint's configuration, filled up by numbers to `count`.
std::vector<std::string> class_names(const std::string& config, std::int64_t count);

}  // namespace linseed::command
