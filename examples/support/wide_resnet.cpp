#include "support/wide_resnet.h"

namespace example {

namespace nn = linseed::nn;
using linseed::Tensor;

namespace {

nn::BatchNorm norm(bool train) { return {.use_running_average = !train, .momentum = 0.9f}; }

nn::Conv conv(int features, int stride = 1) {
  return {.features = features, .kernel_size = {3, 3}, .strides = {stride, stride}, .bias = false};
}

}  // namespace

Tensor WideResNetBlock::apply(const Tensor& x) const {
  Tensor y = nn::relu(norm(train).named("bn1")(x));
  y = conv(features, stride).named("conv1")(y);
  y = nn::relu(norm(train).named("bn2")(y));
  y = conv(features).named("conv2")(y);
  if (x.shape() == y.shape()) return y + x;
  return y + conv(features, stride).named("shortcut")(x);
}

Tensor WideResNet::apply(Tensor x) const {
  x = conv(16).named("init_conv")(x);
  for (int group = 0; group < 3; ++group) {
    for (int block = 0; block < n; ++block) {
      const int stride = group > 0 && block == 0 ? 2 : 1;
      x = WideResNetBlock{.features = (16 << group) * k, .stride = stride, .train = train}(x);
    }
  }
  x = nn::relu(norm(train)(x));
  return nn::Dense{.features = classes}(nn::global_avg_pool(x));
}

Tensor classify(const nn::Model<WideResNet>& trained, const nn::Collection& stats,
                const Tensor& images) {
  const auto model = trained.partial(&WideResNet::train, false);
  return nn::stateful(stats, nn::frozen, [&] { return model(images); });
}

}  // namespace example
