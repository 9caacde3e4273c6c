// Pooling layers. They have no parameters, so they are functions: those over tensors.
#pragma once

#include <linseed/framework/ops/pooling.h>

namespace linseed::nn {

using linseed::avg_pool;
using linseed::max_pool;
using linseed::min_pool;
using linseed::pool;

}  // namespace linseed::nn
