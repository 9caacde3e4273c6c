#include <linseed/modules/batch_stats.h>

#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>

namespace linseed::nn {

Collection sync_batch_stats(const Collection& stats) {
  return tree::map(
      [](const Tensor& x) {
        if (x.ndim() == 0) {
          throw InvalidArgument(
              "sync_batch_stats: a variable {} is not of replicas: it has no "
              "first dimension with an entry for each",
              x.spec());
        }
        return is_floating(x.dtype()) ? broadcast_to(mean(x, {0}, keepdims), x.shape()) : x;
      },
      stats);
}

}  // namespace linseed::nn
