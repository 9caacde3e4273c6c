#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/optim/clip.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
using namespace linseed::optim;

TEST_CASE("the global norm is that of all numbers together") {
  const Tree gradient{{"a", vector({3, 0})}, {"b", {{"c", vector({-4})}, {"d", vector({12})}}}};
  CHECK(global_norm(gradient).item<float>() == 13);
  CHECK(global_norm(Tree()).item<float>() == 0);
  // 256 squared is beyond float16, and 257 has no bfloat16.
  const Tree halves{{"a", astype(full({257}, 256.f), float16)}};
  CHECK(global_norm(halves).item<float>() == Approx(256 * std::sqrt(257.)));
  CHECK(global_norm(astype(vector({1, 2}), float64)).dtype() == float64);
}

TEST_CASE("a long gradient is shortened to the norm, a short one keeps its bits") {
  const Tree gradient{{"a", uneven({7, 3})}, {"b", astype(uneven({5}, 2), bfloat16)}};
  const double norm = global_norm(gradient).item<double>();
  const Tree clipped = clip_by_global_norm(gradient, norm / 2);
  // Halves are rounded once more.
  CHECK(global_norm(clipped).item<double>() == Approx(norm / 2).epsilon(1e-3));
  CHECK(clipped["b"].tensor().dtype() == bfloat16);
  const auto long_one = values(gradient["a"]);
  const auto short_one = values(clipped["a"]);
  for (std::size_t i = 0; i < long_one.size(); ++i) {
    CHECK(short_one[i] == Approx(long_one[i] / 2).epsilon(1e-6));
  }
  const Tree same = clip_by_global_norm(gradient, norm * 1.001);
  CHECK(bits(same["a"]) == bits(gradient["a"]));
  CHECK(bits(same["b"]) == bits(gradient["b"]));
}

TEST_CASE("a gradient of zeros stays, and NaN is not hidden") {
  CHECK(values(clip_by_global_norm(vector({0, 0}), 1)) == std::vector<double>{0, 0});
  const auto broken = values(clip_by_global_norm(vector({1, std::nanf("")}), 1));
  CHECK(std::isnan(broken[0]));
  CHECK(std::isnan(broken[1]));
  const float infinity = std::numeric_limits<float>::infinity();
  const auto infinite = values(clip_by_global_norm(vector({1, -infinity}), 1));
  CHECK(infinite[0] == 0);
  CHECK(std::isnan(infinite[1]));
}

TEST_CASE("the bound may be a tensor, and clipping runs under jit to the same bits") {
  const auto compiled = jit([](Tensor g, Tensor bound) { return clip_by_global_norm(g, bound); });
  for (const float bound : {0.5f, 100.f}) {
    CHECK(bits(compiled(uneven({9}), Tensor(bound))) ==
          bits(clip_by_global_norm(uneven({9}), bound)));
  }
  CHECK(compiled.trace_count() == 1);
}

TEST_CASE("a bound that is not positive and finite is refused") {
  for (const double bound : {0., -1., std::nan(""), double{INFINITY}}) {
    CHECK(fails<InvalidArgument>([&] { clip_by_global_norm(vector({1}), bound); }, {"max_norm"}) ==
          "");
  }
}
