// The state of a training program with one BatchNorm layer, to be spoilt.
#pragma once

#include <vector>

#include <linseed/framework/io/state.h>

namespace linseed::test {

inline Tensor floats(std::vector<float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return Tensor::from(values, {size});
}

/// What a run with one BatchNorm layer, /block/BatchNorm_1, keeps.
struct Run {
  Tensor mean = floats({0.5f, -0.25f, 1.f, 2.f});
  Tensor var = floats({1.5f, 0.02f, 0.7f, 3.f});
  Tensor scale = floats({0.9f, 1.1f, -1.f, 1.2f});
  Tensor bias = floats({0.f, 0.1f, -2.f, 0.3f});
  Tensor kernel = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f}, {2, 4});
  Tensor momentum = Tensor::from({.1f, .2f, .3f, .4f, .5f, .6f, .7f, .8f}, {2, 4});
  int step = 1000;

  Tree tree() const {
    const Tree layer{{"scale", scale}, {"bias", bias}};
    const Tree params{{"Conv_0", Tree{{"kernel", kernel}}},
                      {"block", Tree{{"BatchNorm_1", layer}}}};
    const Tree moments{{"Conv_0", Tree{{"kernel", Tree{{"momentum", momentum}}}}}};
    const Tree state{{"step", Tensor(step)}, {"param_states", Tree{{"params", moments}}}};
    const Tree optimizer{{"state", state}, {"target", Tree{{"params", params}}}};
    const Tree stats{{"/block/BatchNorm_1", Tree{{"mean", mean}, {"var", var}}}};
    return Tree{{"optimizer", optimizer}, {"stats", stats}};
  }
  io::State state() const { return io::describe(tree()); }
};

}  // namespace linseed::test
