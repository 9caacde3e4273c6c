// Samples of the rows that hold programs.
#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/custom_vjp.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/samples_internal.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

Tensor smooth(const Tensor& x) { return sin(x) * x; }

Tensor scanned(const Inputs& x, bool reverse) {
  const auto [last, all] =
      scan([&](const Tensor& c,
               const Tensor& entry) { return std::pair(tanh(c * x[2] + entry), c * entry); },
           x[0], x[1], {.reverse = reverse});
  return concatenate({expand_dims(last, 0), all}, 0);
}

// jit runs inline there, so that the row is seen; a plan of it would have run already.
Tensor replicated(const std::function<Tensor(const Tensor&)>& f, const Tensor& x) {
  const InlineScope scope;
  return pmap(f, {.axis_name = "axis"})(x);
}

}  // namespace

void add_program_samples(SampleTable& table) {
  const Inputs inputs{spread_values({2}, -1, 1), spread_values({3, 2}, -1, 1, 2),
                      spread_values({2}, -1, 1, 3)};
  table["scan"] = {{"forwards", [](const Inputs& x) { return scanned(x, false); }, inputs},
                   {"backwards",
                    [](const Inputs& x) { return scanned(x, true); },
                    inputs,
                    Differences::apply,
                    {nothing({0}), nothing({3, 0}), nothing({0})}}};
  for (const bool chosen : {true, false}) {
    table["cond"].push_back({chosen ? "the first branch" : "the second branch",
                             [chosen](const Inputs& x) {
                               return cond(
                                   Tensor(chosen), [&] { return smooth(x[0]); },
                                   [&] { return x[0] * x[1]; });
                             },
                             {spread_values({3}, -1, 1), spread_values({3}, -1, 1, 2)},
                             Differences::apply,
                             {nothing({0}), nothing({0})}});
  }
  table["while_loop"] = {{"doubling",
                          [](const Inputs& x) {
                            return while_loop([](const Tensor& v) { return sum(v) < 10; },
                                              [](const Tensor& v) { return v * 2; }, x[0]);
                          },
                          {spread_values({3}, 0.5, 1)}}};
  // These two are steps of their own only where a derivative is coming.
  table["checkpoint"] = {{"a block",
                          [](const Inputs& x) {
                            const GradientScope scope;
                            return checkpoint([&](const Tensor& v) { return smooth(v) * x[1]; })(
                                x[0]);
                          },
                          {spread_values({3}, -1, 1), spread_values({3}, -1, 1, 2)},
                          Differences::apply,
                          {nothing({0}), nothing({0})}}};
  const auto square =
      custom_vjp([](const Tensor& x) { return x * x; },
                 [](const Tensor& x) { return std::pair(x * x, x * 2); },
                 [](const Tensor& twice, const Tensor& cotangent) { return cotangent * twice; });
  table["custom_vjp"] = {{"a square",
                          [square](const Inputs& x) {
                            const GradientScope scope;
                            return square(x[0]);
                          },
                          {spread_values({3}, -1, 1)},
                          Differences::apply,
                          {nothing({0})}}};
}

void add_replica_samples(SampleTable& table) {
  const auto add = [&](const std::string& row, const std::string& about, const Shape& shape,
                       const std::function<Tensor(const Tensor&)>& f) {
    table[row].push_back({about,
                          [f](const Inputs& x) { return replicated(f, x[0]); },
                          {spread_values(shape, -1, 1)},
                          Differences::apply});
  };
  add("pmap", "a function", {3, 2}, smooth);
  add("psum", "all", {3, 2}, [](const Tensor& x) { return smooth(psum(smooth(x), "axis")); });
  add("psum", "groups", {3, 2}, [](const Tensor& x) {
    return smooth(psum(smooth(x), "axis", {{0, 2}, {1}}));
  });
  add("require_equal", "one replica", {1, 3},
      [](const Tensor& x) { return smooth(require_equal(smooth(x), "axis", "differs")); });
  add("pmax", "all", {3, 2}, [](const Tensor& x) { return pmax(x, "axis"); });
  add("all_to_all", "all", {3, 3},
      [](const Tensor& x) { return smooth(all_to_all(smooth(x), "axis", 0, 0)); });
  add("ppermute", "a shift", {3, 2}, [](const Tensor& x) {
    return smooth(ppermute(smooth(x), "axis", {{0, 1}, {1, 2}}));
  });
}

}  // namespace linseed::test
