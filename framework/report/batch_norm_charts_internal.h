// The statistics and parameters of BatchNorm layers, as charts.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/report/batch_norm_layers.h>

namespace linseed::page {

/// A histogram for each tensor of each layer.
std::string batch_norm_charts(const std::vector<BatchNormLayer>& layers);

}  // namespace linseed::page
