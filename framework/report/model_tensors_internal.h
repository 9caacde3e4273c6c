// Which tensors of a checkpoint are a model's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/io/state.h>

namespace linseed::page {

struct ModelTensor {
  std::string module;     // its path: "/block/BatchNorm_1"
  std::string name;       // "mean"
  bool is_state = false;  // of a Collection, and no parameter
  Tensor tensor;
};

/// What lies under the parameters of a Model, "…/params/block/BatchNorm_1/scale", and in a
/// Collection, "…/%2Fblock%2FBatchNorm_1/mean", in order. What an optimizer keeps of parameters,
/// "…/param_states/params/…", is none of them, and of several with the same path, such as a model
/// and its average, only the first is.
std::vector<ModelTensor> model_tensors(const io::State& state);

/// What a tensor at `path` is called by these rules, without the tensor; no name if it is no
/// model's.
ModelTensor model_tensor_at(std::string_view path);

/// How many numbers the parameters are.
std::int64_t count_params(const std::vector<ModelTensor>& tensors);

}  // namespace linseed::page
