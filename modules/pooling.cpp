#include <linseed/modules/pooling.h>

#include <linseed/framework/ops/reduce.h>

namespace linseed::nn {
namespace {

Axes spatial_axes(const Tensor& x, std::string_view who) {
  if (x.ndim() < 3) {
    throw InvalidArgument("{}: x [n,spatial…,c] was expected, got {}", who, x.spec());
  }
  std::vector<int> axes;
  for (int i = 1; i < x.ndim() - 1; ++i) axes.push_back(i);
  return Axes(axes);
}

}  // namespace

Tensor global_avg_pool(const Tensor& x, KeepDims keep) {
  return mean(x, spatial_axes(x, "global_avg_pool"), keep);
}

Tensor global_max_pool(const Tensor& x, KeepDims keep) {
  return max(x, spatial_axes(x, "global_max_pool"), keep);
}

}  // namespace linseed::nn
