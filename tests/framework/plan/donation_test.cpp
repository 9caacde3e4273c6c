// Which arguments of a jitted function give their memory to its results.
#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {

TEST_CASE("an argument moved in gives its memory to the result, one that is kept does not") {
  const auto f = jit([](const Tensor& x) { return x + 1; });
  Tensor x = uneven({1000});
  const void* place = x.raw_data();
  Tensor y = f(std::move(x));
  CHECK(y.raw_data() == place);
  y = f(std::move(y));
  CHECK(y.raw_data() == place);

  const std::string before = bits(y);
  const Tensor kept = y;
  CHECK(f(std::move(y)).raw_data() != place);
  CHECK(bits(kept) == before);
  CHECK(f(kept).raw_data() != place);
  CHECK(bits(kept) == before);
}

TEST_CASE("an argument whose memory a view shares is not written over") {
  const auto f = jit([](const Tensor& x) { return x + 1; });
  Tensor x = uneven({6}) * 2;
  const Tensor view = reshape(x, {2, 3});
  evaluate(x, view);
  const std::string before = bits(view);
  f(std::move(x));
  CHECK(bits(view) == before);
}

TEST_CASE("one tensor passed twice is not written over while it is read") {
  const auto f = jit([](const Tensor& x, const Tensor& y) { return std::pair(x + 1, y * 2); });
  Tensor x = vector({3});
  const Tensor same = x;
  const auto [a, b] = f(std::move(x), same);
  CHECK(a.item<float>() == 4);
  CHECK(b.item<float>() == 6);
  CHECK(same.item<float>() == 3);
}

TEST_CASE("a captured constant never gives its memory away") {
  const Tensor table = uneven({6});
  const std::string before = bits(table);
  const auto f = jit([=](const Tensor& x) { return std::pair(table, x + table); });
  const auto overwrite = jit([](const Tensor& x) { return x * 2; });
  Tensor returned = f(uneven({6}, 2)).first;
  overwrite(std::move(returned));
  CHECK(bits(table) == before);
  CHECK(bits(f(uneven({6}, 2)).first) == before);
}

TEST_CASE("two results that are the same value are not written over one another") {
  const auto f = jit([](const Tensor& x) {
    const Tensor y = x + 1;
    return std::pair(y, reshape(y, {2, 3}));
  });
  const auto overwrite = jit([](const Tensor& x) { return x * 2; });
  auto [y, view] = f(uneven({6}));
  const std::string before = bits(view);
  overwrite(std::move(y));
  CHECK(bits(view) == before);
}

TEST_CASE("a tree moved in gives the memory of each of its tensors") {
  const auto f = jit([](const Tree& params) {
    return tree::map([](const Tensor& t) { return t * 0.5F + 1; }, params);
  });
  Tree params{{"kernel", uneven({8, 4})}, {"bias", uneven({4})}};
  for (int step = 0; step < 3; ++step) {
    const void* kernel = params.at("kernel").tensor().raw_data();
    const void* bias = params.at("bias").tensor().raw_data();
    params = f(std::move(params));
    CHECK(params.at("kernel").tensor().raw_data() == kernel);
    CHECK(params.at("bias").tensor().raw_data() == bias);
  }
}

}  // namespace linseed::test
