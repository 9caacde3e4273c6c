// What passes make of pooling and of what is pooled, and that results keep their bits.
#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/passes.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/support/steps.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Inputs = std::vector<Tensor>;

Tensor input(Shape shape) { return placeholder({std::move(shape), float32}, "test"); }

Tensor relu(const Tensor& x) { return where(x <= 0, 0, x); }

Names pooled_first(const Inputs& outputs, const Tensor& x) {
  const Program program = simplify(deduplicate(close(outputs, Inputs{x}).program));
  return names(without_unused(deduplicate(pool_before_relu(program))));
}

Names pooled_on_the_way(const Inputs& outputs, const Inputs& inputs) {
  return names(fuse_pooling(fuse_elementwise(deduplicate(close(outputs, inputs).program))));
}

/// Images, and windows that cut them up.
struct Pooled {
  Shape image, window;
};
const std::vector<Pooled> kPooledOnTheWay{{{3, 8, 12, 5}, {2, 2}},   {{2, 4, 40, 32}, {2, 2}},
                                          {{1, 2, 2, 1200}, {2, 2}}, {{2, 6, 6, 1}, {2, 2}},
                                          {{5, 12, 4}, {2}},         {{2, 2, 4, 6, 3}, {1, 2, 2}},
                                          {{300, 2, 2, 3}, {2, 2}},  {{2, 4, 6, 23}, {2, 3}}};

/// max_unpool of a constant, as a gradient has it.
Tensor unpooled(const Tensor& x, const Shape& window, const Shape& strides,
                const Padding& padding = "VALID") {
  return grad([&](const Tensor& t) { return sum(max_pool(t, window, strides, padding)); })(x);
}

/// Nearly the same, as sums are that were re-associated, or NaN.
void check_near(const Tensor& result, const Tensor& expected) {
  const double epsilon = expected.dtype() == float64 ? 1e-13 : 1e-5;
  const auto a = values(result);
  const auto b = values(expected);
  for (std::size_t i = 0; i < b.size(); ++i) {
    INFO("element " << i << ": " << a[i] << " instead of " << b[i]);
    CHECK((std::abs(a[i] - b[i]) <= epsilon * (10 + std::abs(b[i])) ||
           (std::isnan(a[i]) && std::isnan(b[i]))));
  }
}

/// Value and gradient of a function by jit, and with each step on its own: the bits of all but the
/// gradients of further inputs, which are sums over images.
template <class F>
void check_bits(const F& function, const Inputs& x) {
  const auto both = [&](const Inputs& in) {
    auto [value, pullback] = vjp(function, in);
    return std::pair(value, pullback(astype(uneven(value.shape(), 9), value.dtype())));
  };
  const auto [value, gradient] = both(x);
  const int before = num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    const auto [compiled_value, compiled_gradient] = jit(both)(x);
    CHECK(bits(compiled_value) == bits(value));
    CHECK(bits(compiled_gradient[0]) == bits(gradient[0]));
    for (std::size_t i = 1; i < x.size(); ++i) check_near(compiled_gradient[i], gradient[i]);
  }
  set_num_threads(before);
}

}  // namespace

TEST_CASE("max-pooling comes before a ReLU, and its gradient's mask before unpooling") {
  const Tensor x = input({2, 4, 6, 3});
  CHECK(pooled_first({max_pool(relu(x), {2, 2}, {2, 2})}, x) ==
        Names{"fill", "max_pool", "maximum"});
  const auto gradient = [&](const Shape& window, const Shape& strides) {
    const auto f = [&](const Tensor& t) { return sum(max_pool(relu(t), window, strides)); };
    return pooled_first({grad(f)(x)}, x);
  };
  const Names masked_first{"fill",     "fill",       "reshape", "broadcast_to",
                           "max_pool", "less_equal", "where",   "max_unpool"};
  CHECK(gradient({2, 2}, {2, 2}) == masked_first);
  CHECK(gradient({3, 3}, {2, 2}) == masked_first);
  CHECK(gradient({2, 2}, {1, 1}) == masked_first);
}

TEST_CASE("a ReLU stays before max-pooling where that is not the same, or no less work") {
  const Tensor x = input({2, 4, 6, 3});
  const Shape two{2, 2};
  const auto is_last = [&](const Inputs& outputs) {
    return pooled_first(outputs, x).back() == "max_pool";
  };
  CHECK(is_last({max_pool(relu(x), two, two, Padding{{1, 1}, {1, 1}})}));
  CHECK(is_last({max_pool(relu(x), {1, 1}, {1, 1})}));
  CHECK(is_last({relu(x), max_pool(relu(x), two, two)}));        // read by others
  CHECK(is_last({max_pool(maximum(x, 1), two, two)}));           // not 0
  CHECK(is_last({max_pool(maximum(x, zeros({3})), two, two)}));  // not one number
  // A gradient that is not masked, as of a ReLU that lets it through.
  const auto straight = [&](const Tensor& t) {
    return sum(max_pool(t + stop_gradient(relu(t) - t), two, two));
  };
  CHECK(pooled_first({grad(straight)(x)}, x).back() == "max_unpool");
}

TEST_CASE("pooling before a ReLU gives the same bits") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  // Many equal numbers, below 0, at 0 and above, and one that is none.
  const Tensor ties = floor(uneven({3, 12, 12, 5}, 1) * 3);
  const Tensor spoilt =
      where(equal(reshape(arange(3 * 12 * 12 * 5), {3, 12, 12, 5}), 100), nan, ties);
  for (const Tensor& x : {ties, spoilt, -abs(ties), uneven({3, 12, 12, 5}, 2)}) {
    for (const auto& [window, stride] : {std::pair(2, 2), std::pair(3, 3), std::pair(3, 2)}) {
      INFO("window " << window << ", stride " << stride);
      check_bits(
          [&, w = window, s = stride](const Inputs& in) {
            return max_pool(relu(in[0] * in[1]), {w, w}, {s, s});
          },
          Inputs{x, uneven({5}, 3)});
    }
  }
}

TEST_CASE("what is pooled and read by nobody else is computed on the way") {
  const Inputs x{input({2, 4, 6, 3}), input({3})};
  const Tensor y = exp(x[0] * x[1]);
  const Shape two{2, 2};
  CHECK(pooled_on_the_way({max_pool(y, two, two)}, x) == Names{"fused_max_pool"});
  CHECK(pooled_on_the_way({max_pool(y, {4, 3}, {4, 3})}, x) == Names{"fused_max_pool"});
  CHECK(pooled_on_the_way({avg_pool(y, two, two)}, x) == Names{"fused_sum_pool", "fill", "divide"});
  // With what else the fused step makes.
  CHECK(pooled_on_the_way({max_pool(y, two, two), y <= 1}, x) == Names{"fill", "fused_max_pool"});

  const Names apart{"fused", "max_pool"};
  CHECK(pooled_on_the_way({max_pool(y, {3, 3}, two)}, x) == apart);     // overlap
  CHECK(pooled_on_the_way({max_pool(y, {4, 4}, {4, 4})}, x) == apart);  // leave columns
  CHECK(pooled_on_the_way({max_pool(y, two, two, Padding{{2, 0}, {0, 0}})}, x) == apart);
  CHECK(pooled_on_the_way({max_pool(y, two, two), y}, x) == apart);
  CHECK(pooled_on_the_way({max_pool(exp(x[0]), two, two)}, x) == Names{"exp", "max_pool"});
  CHECK(pooled_on_the_way({max_pool(y, two, two), sum(y, {0, 1, 2})}, x) == apart);
}

TEST_CASE("one of several poolings is computed with the step that makes what they pool") {
  const Tensor x = input({2, 4, 6, 3});
  const Shape two{2, 2};
  const Tensor y = exp(x) * x;
  CHECK(pooled_on_the_way({max_pool(y, two, two), max_pool(exp(y) + y, two, two)}, Inputs{x}) ==
        Names{"fused_max_pool", "max_pool"});
}

TEST_CASE("what a step makes beside what is pooled keeps its bits too") {
  const Shape shape{3, 8, 12, 5}, two{2, 2};
  const auto compute = [&](const Inputs& in, auto settle) {
    const Tensor first = settle(in[0] * in[1]);
    const Tensor second = settle(exp(first) + in[0]);
    const Tensor third = settle(second * first);
    return Inputs{max_pool(first, two, two),
                  second,
                  second <= 1,
                  third,
                  avg_pool(second * 2, two, two),
                  max_pool(third * third, two, two)};
  };
  const Inputs x{uneven(shape, 1), uneven({5}, 2)};
  const Inputs apart = compute(x, [](const Tensor& t) {
    evaluate(t);
    return t;
  });
  // Of all results, of the pooled one and others, and of each pooled one alone.
  for (const std::vector<std::size_t>& chosen : std::vector<std::vector<std::size_t>>{
           {0, 1, 2, 3, 4, 5}, {0, 1, 2}, {4, 2, 3}, {5, 2, 1}, {0, 4}, {4, 5}, {0}, {4}, {5}}) {
    const auto some = [&](const Inputs& in) {
      const Inputs all = compute(in, [](const Tensor& t) { return t; });
      Inputs results;
      for (const std::size_t i : chosen) results.push_back(all[i]);
      return results;
    };
    const Inputs together = jit(some)(x);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      INFO("result " << chosen[i] << " of " << chosen.size());
      CHECK(bits(together[i]) == bits(apart[chosen[i]]));
    }
  }
}

TEST_CASE("what is pooled on the way has the same bits") {
  for (const Pooled& pooled : kPooledOnTheWay) {
    const Shape &shape = pooled.image, &window = pooled.window;
    INFO(to_string(shape));
    const Shape row{shape[shape.ndim() - 1]};
    for (const DType dtype : {float32, float64}) {
      const Inputs x{astype(uneven(shape, 1), dtype), astype(uneven(row, 2), dtype)};
      const auto scaled = [](const Inputs& in) { return relu(in[0] * in[1] + 0.125F); };
      check_bits([&](const Inputs& in) { return max_pool(scaled(in), window, window); }, x);
      check_bits([&](const Inputs& in) { return avg_pool(scaled(in), window, window); }, x);
    }
  }
}

TEST_CASE("sums over images of what is unpooled are sums over the maxima") {
  const Inputs x{input({2, 4, 6, 3}), input({3})};
  const Shape two{2, 2};
  const Axes all{0, 1, 2};
  const auto summed = [&](const auto& of_unpooled, const Padding& padding = "VALID") {
    const Tensor u = unpooled(x[0], two, two, padding);
    return names(sum_before_unpooling(deduplicate(close(Inputs{of_unpooled(u)}, x).program)));
  };
  const auto is_at_maxima = [&](const auto& of_unpooled, const Names& last) {
    const Names steps = summed(of_unpooled);
    const auto count = static_cast<std::ptrdiff_t>(last.size());
    return !contains(steps, "max_unpool") && Names(steps.end() - count, steps.end()) == last;
  };
  CHECK(is_at_maxima([&](const Tensor& u) { return sum(u, all); }, {"sum"}));
  CHECK(is_at_maxima([&](const Tensor& u) { return sum(u, {1, 2}); }, {"sum"}));
  CHECK(is_at_maxima([&](const Tensor& u) { return sum(u * x[0], all); },
                     {"max_pool_select", "multiply", "sum"}));
  CHECK(is_at_maxima([&](const Tensor& u) { return sum(x[0] * u, all); },
                     {"max_pool_select", "multiply", "sum"}));
  CHECK(is_at_maxima([&](const Tensor& u) { return sum(u * (x[0] - x[1]), all); },
                     {"max_pool_select", "subtract", "multiply", "sum"}));
  CHECK(is_at_maxima(
      [&](const Tensor& u) { return sum(u * exp(broadcast_to(x[1], u.shape()) * x[0]), all); },
      {"max_pool_select", "multiply", "exp", "multiply", "sum"}));

  const auto stays = [&](const auto& of_unpooled, const Padding& padding = "VALID") {
    return contains(summed(of_unpooled, padding), "max_unpool");
  };
  CHECK(stays([&](const Tensor& u) { return sum(u, {0, 1}); }));  // not over the width
  CHECK(stays([&](const Tensor& u) { return sum(u * (exp(x[0]) + x[0]), all); }));  // two images
  CHECK(stays([&](const Tensor& u) { return sum(u * astype(x[0] <= 0, float32), all); }));
  CHECK(stays([&](const Tensor& u) { return sum(u + x[0], all); }));
  CHECK(stays([&](const Tensor& u) { return sum(u, all); }, Padding{{2, 0}, {0, 0}}));
}

TEST_CASE("products that broadcast what is unpooled, and whole numbers, keep their sums") {
  const Inputs x{uneven({1, 4, 4, 3}, 1), uneven({2, 4, 4, 3}, 2), uneven({2, 4, 4, 1}, 3),
                 uneven({5, 2, 4, 4, 3}, 4), floor(uneven({2, 4, 4, 3}, 5) * 9)};
  const auto sums = [](const Inputs& in) {
    const auto unpool = [](const Tensor& t) { return unpooled(t, {2, 2}, {2, 2}); };
    const Tensor numbers = astype(in[4], int32), halves = astype(in[4], bfloat16);
    const Tensor u = unpool(in[1]);
    return Inputs{sum(unpool(in[0]) * in[1], {0, 1, 2}),
                  sum(unpool(in[0]) * in[1], {1, 2}),
                  sum(unpool(in[2]) * in[1], {0, 1, 2}),
                  sum(u * in[3], {1, 2}),
                  sum(u * in[3], {1, 2, 3}),
                  sum(u * astype(flip(numbers, {0}), float32), {0, 1, 2}),
                  sum(u * astype(flip(halves, {0}), float32), {0, 1, 2}),
                  sum(u * unpool(in[4]), {0, 1, 2}),
                  sum(u * u, {0, 1, 2}),
                  sum(u * (in[1] * in[1]), {0, 1, 2}),
                  u};
  };
  const Inputs expected = sums(x), compiled = jit(sums)(x);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("sum " << i);
    check_near(compiled[i], expected[i]);
  }
}

TEST_CASE("the gradients of a BatchNorm in front of pooling are sums over the maxima") {
  const auto layer = [](const Inputs& in) {
    const Moments of = moments(in[0], {0, 1, 2});
    const Tensor variance = of.m2 / of.count;
    return (in[0] - of.mean) * (rsqrt(variance + 1e-5F) * in[1]) + in[2];
  };
  const Inputs inputs{input({2, 4, 6, 3}), input({3}), input({3})};
  const Tensor gradient_in_x = grad([&](const Tensor& x) {
    return sum(max_pool(relu(layer({x, inputs[1], inputs[2]})), {2, 2}, {2, 2}));
  })(inputs[0]);
  const Names steps = names(optimize(close(Inputs{gradient_in_x}, inputs).program));
  CHECK(contains(steps, "fused_max_pool"));
  CHECK(contains(steps, "fused_max_unpool"));
  CHECK_FALSE(contains(steps, "max_pool_select"));
  CHECK_FALSE(contains(steps, "max_unpool"));

  for (const auto& [window, stride] : {std::pair(2, 2), std::pair(3, 1), std::pair(4, 4)}) {
    INFO("window " << window << ", stride " << stride);
    const auto function = [&, w = window, s = stride](const Inputs& in) {
      return max_pool(relu(layer(in)), {w, w}, {s, s});
    };
    for (const Shape& shape : {Shape{3, 8, 12, 5}, {2, 9, 11, 8}, {40, 16, 8, 3}}) {
      INFO(to_string(shape));
      for (const DType dtype : {float32, float64}) {
        const Shape row{shape[3]};
        const Inputs x{astype(uneven(shape, 1), dtype), astype(uneven(row, 2) + 2, dtype),
                       astype(uneven(row, 3), dtype)};
        const auto both = [&](const Inputs& in) {
          auto [value, pullback] = vjp(function, in);
          return std::pair(value, pullback(astype(uneven(value.shape(), 9), value.dtype())));
        };
        const auto [value, gradient] = both(x);
        const auto [compiled_value, compiled_gradient] = jit(both)(x);
        CHECK(bits(compiled_value) == bits(value));
        for (std::size_t i = 0; i < x.size(); ++i) check_near(compiled_gradient[i], gradient[i]);
      }
    }
  }
}

TEST_CASE("what is unpooled and read by one step is computed on the way") {
  const Inputs x{input({2, 4, 6, 3}), input({3})};
  const Shape two{2, 2};
  const auto steps = [&](const auto& of_unpooled, const Shape& window, const Shape& strides) {
    const Inputs outputs = of_unpooled(unpooled(x[0], window, strides));
    return names(fuse_unpooling(fuse_elementwise(deduplicate(close(outputs, x).program))));
  };
  const auto is_joined = [&](const auto& of_unpooled, const Shape& window, const Shape& strides) {
    const Names all = steps(of_unpooled, window, strides);
    CHECK(contains(all, "fused_max_unpool") != contains(all, "max_unpool"));
    return contains(all, "fused_max_unpool");
  };
  const auto scaled = [&](const Tensor& u) { return Inputs{u * x[1] + x[0]}; };
  CHECK(is_joined(scaled, two, two));
  CHECK(is_joined(scaled, {4, 3}, {4, 3}));
  CHECK(is_joined(
      [&](const Tensor& u) {
        return Inputs{u * x[1] + x[0], u * x[1] <= 1};
      },
      two, two));

  CHECK_FALSE(is_joined(scaled, {3, 3}, two));     // overlap
  CHECK_FALSE(is_joined(scaled, {4, 4}, {4, 4}));  // leave columns
  CHECK_FALSE(is_joined([&](const Tensor& u) { return Inputs{u * x[1] + x[0], u}; }, two, two));
  CHECK_FALSE(is_joined(
      [&](const Tensor& u) {
        return Inputs{u * x[1] + x[0], sum(u * x[1] + x[0], {0, 1, 2})};
      },
      two, two));
  CHECK_FALSE(is_joined([&](const Tensor& u) { return Inputs{exp(u)}; }, two, two));
}

TEST_CASE("what is unpooled on the way has no -0, since sums begin at 0") {
  for (const std::int64_t channels : {3, 16, 40}) {
    const Inputs x{uneven({2, 8, 8, channels}, 1),
                   where(uneven({2, 4, 4, channels}, 2) > 0, Tensor(-0.F), Tensor(1.F))};
    const auto f = [](const Inputs& in) {
      const auto pool = [](const Tensor& t) { return max_pool(t, {2, 2}, {2, 2}); };
      return -vjp(pool, in[0]).second(in[1]) * abs(in[0]);
    };
    CHECK((bits(jit(f)(x)) == bits(f(x))));
  }
}

TEST_CASE("what is unpooled on the way has the same bits") {
  for (const Pooled& pooled : kPooledOnTheWay) {
    const Shape &shape = pooled.image, &window = pooled.window;
    INFO(to_string(shape));
    for (const DType dtype : {float32, float64}) {
      const Inputs x{astype(uneven(shape, 1), dtype)};
      const auto pool = [&](const Inputs& in) {
        return max_pool(in[0] * in[0] * 0.5F + in[0], window, window);
      };
      check_bits(pool, x);
      // Results that lie over an input which is still to be read.
      const auto several = [&](const Inputs& in) {
        const Tensor flipped = flip(in[0], {0});
        const Tensor u = unpooled(flipped, window, window);
        const Tensor product = u * flipped;
        return Inputs{flip(product, {0}), flip(exp(product + u) * flipped, {0})};
      };
      const Inputs expected = several(x), compiled = jit(several)(x);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(bits(compiled[i]) == bits(expected[i]));
      }
    }
  }
}

}  // namespace linseed::test
