// The modules that the peer's tests are made of.
#pragma once

#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

/// x + bias, which starts at 1.
struct Dummy : nn::Module<Dummy> {
  Tensor apply(const Tensor& x) const {
    return x + param("bias", x.shape(), nn::initializers::ones());
  }
};

/// Two of them.
struct Nested : nn::Module<Nested> {
  Tensor apply(const Tensor& x) const {
    return Dummy{}.named("dummy_1")(Dummy{}.named("dummy_0")(x));
  }
};

/// One, and then a model that has its own parameters.
struct NestedModel : nn::Module<NestedModel> {
  Tensor apply(const Tensor& x, const nn::Model<Dummy>& model) const {
    return model.named("inner_model")(Dummy{}.named("dummy_0")(x));
  }
};

/// What all of the peer's tests take for x.
inline Tensor one() { return vector({1}); }
inline Tensor key(std::uint64_t seed = 0) { return random::key(seed); }

using Values = std::vector<double>;

}  // namespace linseed::test
