// Fused operations in words.
#pragma once

#include <string>

#include <linseed/framework/kernels/fused.h>

namespace linseed {

/// "subtract multiply where; sum over 0,1", with as many sums as there are.
std::string fusion_text(const kernels::Fusion& fusion);

}  // namespace linseed
