#include "networks.h"

namespace bench {

namespace nn = linseed::nn;
using linseed::Tensor;

Tensor Layers::conv(const Tensor& x, int features, int window, int stride, bool bias) {
  const int padding = window / 2;
  return nn::Conv{.features = features,
                  .kernel_size = {window, window},
                  .strides = {stride, stride},
                  .padding = {{padding, padding}, {padding, padding}},
                  .bias = bias}
      .named(fmt::format("conv{}", convs_++))(x);
}

Tensor Layers::batch_norm(const Tensor& x) {
  return nn::BatchNorm{.use_running_average = !trains_, .axis_name = axis_name_}.named(
      fmt::format("norm{}", norms_++))(x);
}

Tensor Layers::dense(const Tensor& x, int features) {
  return nn::Dense{.features = features}.named(fmt::format("dense{}", denses_++))(x);
}

Tensor Network::apply(const Tensor& x) const {
  Layers layers(train, axis_name);
  return architecture(layers, x);
}

Architecture mlp(std::vector<int> dense) {
  return [=](Layers& layers, Tensor x) {
    x = linseed::reshape(x, {x.dim(0), -1});
    for (std::size_t i = 0; i < dense.size(); ++i) {
      x = layers.dense(i == 0 ? x : nn::relu(x), dense[i]);
    }
    return x;
  };
}

Architecture conv_net(std::vector<int> features, std::vector<int> dense) {
  return [=](Layers& layers, Tensor x) {
    for (const int count : features) {
      x = nn::relu(layers.batch_norm(layers.conv(x, count, 3, 1, false)));
      x = nn::max_pool(x, {2, 2}, {2, 2});
    }
    return mlp(dense)(layers, x);
  };
}

Architecture flax_mnist() {
  return [](Layers& layers, Tensor x) {
    for (const int count : {32, 64}) {
      x = nn::relu(layers.conv(x, count, 3, 1, true));
      x = nn::avg_pool(x, {2, 2}, {2, 2});
    }
    return mlp({256, 10})(layers, x);
  };
}

Architecture resnet(int blocks) {
  return [=](Layers& layers, Tensor x) {
    x = nn::relu(layers.batch_norm(layers.conv(x, 16, 3, 1, false)));
    for (const int features : {16, 32, 64}) {
      for (int block = 0; block < blocks; ++block) {
        const bool shrinks = features != 16 && block == 0;
        const int stride = shrinks ? 2 : 1;
        Tensor y = nn::relu(layers.batch_norm(layers.conv(x, features, 3, stride, false)));
        y = layers.batch_norm(layers.conv(y, features, 3, 1, false));
        if (shrinks) x = layers.batch_norm(layers.conv(x, features, 1, stride, false));
        x = nn::relu(x + y);
      }
    }
    return layers.dense(nn::global_avg_pool(x), 10);
  };
}

}  // namespace bench
