// What the tests of BatchNorm's traps share.
#pragma once

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/pmap.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

inline const PmapOptions kBatch{.axis_name = "batch"};

/// The state of a single BatchNorm.
inline nn::Collection averages(const Tensor& mean, const Tensor& var) {
  return nn::Collection(Tree{{"/", Tree{{"mean", mean}, {"var", var}}}});
}
inline nn::Collection fresh(std::int64_t features, DType dtype = float32) {
  return averages(zeros({features}, dtype), ones({features}, dtype));
}

/// A BatchNorm without parameters, in float64: its numbers are the statistics'.
inline nn::BatchNorm bare(float momentum = 0, const std::string& axis_name = {},
                          const AxisIndexGroups& groups = {}) {
  return {.momentum = momentum,
          .dtype = float64,
          .bias = false,
          .scale = false,
          .axis_name = axis_name,
          .axis_index_groups = groups};
}

/// The averages after one call of `layer`, from 0 and 1.
inline nn::Collection after(const nn::BatchNorm& layer, const Tensor& x, const Tensor& mask = {}) {
  const nn::Collection start = fresh(x.dim(-1), promote(float32, layer.dtype));
  return nn::stateful(start, [&] { return layer.call({}, x, mask); }).second;
}

/// The same on replicas, of which each has an entry of x: [replicas, features].
inline nn::Collection after_on_replicas(const nn::BatchNorm& layer, const Tensor& x) {
  return pmap([&](const Tensor& own) { return after(layer, own); }, kBatch)(x);
}

inline std::vector<double> mean_of(const nn::Collection& stats) {
  return values(stats["/"]["mean"].tensor());
}
inline std::vector<double> var_of(const nn::Collection& stats) {
  return values(stats["/"]["var"].tensor());
}

/// max |a − b|.
inline double distance(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return values(max(abs(astype(a, float64) - astype(b, float64))))[0];
}

inline Tensor column(std::initializer_list<double> numbers) {
  return Tensor::from(numbers, {static_cast<std::int64_t>(numbers.size()), 1});
}
inline Tensor wide(const Shape& shape, std::uint32_t seed = 1) {
  return astype(uneven(shape, seed), float64);
}

}  // namespace linseed::test
