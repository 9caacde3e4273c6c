#include <linseed/modules/dropout.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/module/stochastic.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>

namespace linseed::nn {

Tensor dropout(const Tensor& x, double rate, const DropoutOptions& options) {
  if (!(rate >= 0 && rate <= 1)) {
    // 50 for "50 percent", or the probability of keeping an element.
    throw InvalidArgument(
        "dropout: rate {} is not in [0, 1]; it is the share of elements that are set to 0", rate);
  }
  if (!is_floating(x.dtype())) {
    throw InvalidArgument("dropout: x is {}; what is divided by 1 − rate must be floating",
                          x.spec());
  }
  if (rate == 0 || options.deterministic) return x;
  // Drawn at rate 1 too: the keys of what follows do not depend on the rate.
  const Tensor rng = options.rng.defined() ? options.rng : make_rng();
  if (rate == 1) return zeros_like(x);
  const Tensor keep = random::bernoulli(rng, 1 - rate, x.shape());
  return where(keep, x / (1 - rate), 0);
}

}  // namespace linseed::nn
