// The BatchNorm layers of a checkpoint, found by what they keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linseed/framework/io/state.h>

namespace linseed {

/// A layer's running averages and, where they are in the same file, its parameters.
struct BatchNormLayer {
  std::string path;         // of the averages: "stats/%2Fblock%2FBatchNorm_1"
  std::string module_path;  // "/block/BatchNorm_1"
  Tensor mean;
  Tensor var;
  std::string params_path;  // of scale and bias: "optimizer/target/params/block/BatchNorm_1"
  Tensor scale;             // undefined if there is none
  Tensor bias;              // likewise
  int replicas = 0;         // the averages are stacked for so many; 0: they are of one
};

/// All of them, in order. A Collection's entry with "mean" and "var" is one; its parameters are
/// what lies under the same module path elsewhere.
///
/// A file does not say whether averages are those of several replicas. They are taken for it if
/// they have a dimension more, in front, than the layer's parameters; or if each floating tensor of
/// the whole state is one value repeated along a first dimension of that size; or if that dimension
/// is `replicas`.
std::vector<BatchNormLayer> batch_norm_layers(const io::State& state, int replicas = 0);

/// BatchNorm's running averages: tensors "mean" and "var" of one shape and a floating dtype.
bool has_running_averages(const io::State& state);

/// How many updates the optimizer in `state` has made; none if there is no optimizer.
std::optional<std::int64_t> optimizer_step(const io::State& state);

}  // namespace linseed
