// The FLOPs that benchmarks count.
#pragma once

#include <vector>

#include <linseed/framework/core/tensor.h>

namespace bench {

/// 2 for each multiplication of the convolutions and matrix products, and of their gradients, in
/// the graph that `results` would be computed from; those with padding not counted.
double product_flops(const std::vector<linseed::Tensor>& results);

}  // namespace bench
