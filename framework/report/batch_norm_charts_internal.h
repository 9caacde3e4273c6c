// The statistics and parameters of BatchNorm layers, as charts.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/report/model_tensors_internal.h>

namespace linseed::page {

/// What a layer keeps. Scale and bias may be undefined.
struct NormTensors {
  std::string module;  // its path
  Tensor mean;
  Tensor var;
  Tensor scale;
  Tensor bias;
};

/// All modules whose state has a mean and a var.
std::vector<NormTensors> norms_of(const std::vector<ModelTensor>& tensors);

/// A histogram for each tensor of each layer.
std::string norm_charts(const std::vector<NormTensors>& norms);

}  // namespace linseed::page
