// The unit whose compile time is budgeted: the umbrella header and a model, as a user writes them.
// `ctest -V -R compile_time` takes the number.
#include <linseed/linseed.h>

namespace nn = linseed::nn;
using linseed::Tensor;

struct CNN : nn::Module<CNN> {
  bool train = true;

  Tensor apply(Tensor x) const {
    for (int features : {32, 64}) {
      x = nn::Conv{.features = features, .kernel_size = {3, 3}, .bias = false}(x);
      x = nn::BatchNorm{.use_running_average = !train}(x);
      x = nn::relu(x);
      x = nn::max_pool(x, {2, 2}, {2, 2});
    }
    x = linseed::reshape(x, {x.dim(0), -1});
    x = nn::relu(nn::Dense{.features = 256}(x));
    return nn::Dense{.features = 10}(x);
  }
};

Tensor logits(const CNN& model, const linseed::Tree& params, const Tensor& image) {
  return model.call(params, image);
}
