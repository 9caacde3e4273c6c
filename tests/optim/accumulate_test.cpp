#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/optim/accumulate.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using optim::accumulator;

namespace {

Tensor gradient_of(const Tensor& w, const Tensor& x) {
  return grad([&](const Tensor& weights) { return mean(square(matmul(x, weights))); })(w);
}

}  // namespace

TEST_CASE("the mean of the pieces' gradients, weighted by their sizes, is that of the batch") {
  const Tensor w = astype(uneven({3, 2}), float64);
  const Tensor x = astype(uneven({10, 3}, 2), float64);
  auto total = accumulator(w);
  for (const auto& [begin, end] : {std::pair(0, 4), std::pair(4, 8), std::pair(8, 10)}) {
    total = total.add(gradient_of(w, slice(x, {begin, 0}, {end, 3})), end - begin);
  }
  const auto whole = values(gradient_of(w, x));
  const auto pieces = values(total.mean());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(pieces[i] == Approx(whole[i]).epsilon(1e-12));  // sums of ten, in another order
  }
}

TEST_CASE("an accumulator goes through scan and jit") {
  const auto step = jit([](auto optimizer, Tensor pieces) {
    const auto add = [&](const auto& total, const Tensor& piece) {
      return std::pair(total.add(gradient_of(optimizer.target, piece)), std::tuple<>{});
    };
    const auto total = scan(add, accumulator(optimizer.target), pieces).first;
    return optimizer.apply_gradient(total.mean());
  });
  const auto start = optim::Momentum{.learning_rate = 0.5f}.create(uneven({3, 2}));
  const Tensor x = uneven({12, 3}, 2);
  const auto after = values(step(start, reshape(x, {4, 3, 3})).target);
  const auto at_once = values(start.apply_gradient(gradient_of(start.target, x)).target);
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    CHECK(after[i] == Approx(at_once[i]).margin(1e-6));  // float32, in another order
  }
}

TEST_CASE("a weight may be a tensor of any dtype, which leaves those of the accumulator alone") {
  for (const DType dtype : {int32, int64, bfloat16, float64}) {
    auto total = accumulator(Tree{{"w", vector({1, 2})}});
    total = total.add({{"w", vector({1, 2})}}, astype(Tensor(3), dtype));
    total = total.add({{"w", vector({5, 2})}}, astype(Tensor(1), dtype));
    CHECK(total.weight.dtype() == float32);
    CHECK(total.sum["w"].tensor().dtype() == float32);
    CHECK(values(total.mean()["w"]) == std::vector<double>{2, 2});
  }
}

TEST_CASE("gradients in half precision are added up in float32") {
  const Tensor g = astype(full({1}, 1.f), bfloat16);
  auto total = accumulator(g);
  for (int i = 0; i < 300; ++i) total = total.add(g);  // 257 has no bfloat16
  CHECK(values(total.sum) == std::vector<double>{300});
  CHECK(values(total.mean()) == std::vector<double>{1});
}
