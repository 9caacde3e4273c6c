// The public gradient check: that it passes what is right, and above all that it fails what is not.
#include <catch2/catch.hpp>

#include <linseed/check_gradients.h>
#include <linseed/framework/autodiff/custom_vjp.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/dropout.h>
#include <linseed/tests/support/samples.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// Normalisation over the batch, whose statistics are differentiated, or, wrongly, are not.
Tensor normalised(const Tensor& x, bool frozen) {
  Tensor mean = linseed::mean(x, {0}, keepdims);
  Tensor deviation = x - mean;
  Tensor variance = linseed::mean(deviation * deviation, {0}, keepdims);
  if (frozen) {
    mean = stop_gradient(mean);
    variance = stop_gradient(variance);
  }
  return (x - mean) * rsqrt(variance + 1e-5);
}

struct Normalise : nn::Module<Normalise> {
  bool frozen = false;
  Tensor apply(const Tensor& x) const { return normalised(x, frozen); }
};

struct Small : nn::Module<Small> {
  Tensor apply(Tensor x) const {
    x = nn::Conv{.features = 3, .kernel_size = {3, 3}}(x);
    x = nn::BatchNorm{}(x);
    x = reshape(tanh(x), {x.dim(0), -1});
    return nn::Dense{.features = 2}(x);
  }
};

struct Lookup : nn::Module<Lookup> {
  Tensor apply(const Tensor& ids) const {
    return take(param("table", {5, 3}, nn::initializers::normal()), ids, 0);
  }
};

/// Forgets its bias on the way back.
struct Forgetful : nn::Module<Forgetful> {
  Tensor apply(const Tensor& x) const {
    return x * x + stop_gradient(param("bias", {x.dim(-1)}, nn::initializers::zeros()));
  }
};

/// A layer in a narrow type, with a rule that converts on the way back as well.
struct Narrow : nn::Module<Narrow> {
  Tensor apply(const Tensor& x) const {
    const auto twice = custom_vjp(
        [](const Tensor& v) { return astype(v * 2, float32); },
        [](const Tensor& v) { return std::pair(astype(v * 2, float32), std::tuple<>{}); },
        [](std::tuple<>, const Tensor& c) { return astype(c, float32) * 2; });
    return twice(nn::Dense{.features = 2}(x));
  }
};

/// A layer of two arguments, the second one no tensor that learns.
struct Masked : nn::Module<Masked> {
  Tensor apply(const Tensor& x, const Tensor& mask) const {
    return nn::dropout(where(mask, nn::Dense{.features = 3}(x), 0), 0.5);
  }
};

}  // namespace

TEST_CASE("a right derivative passes in one line, with float32 inputs, tuples and trees") {
  CHECK(check_gradients([](const Tensor& x) { return tanh(x) * x; }, uneven({2, 3})).passes());
  const auto f = [](const Tensor& a, const Tensor& b) { return std::pair(a * b, exp(a)); };
  const auto result = check_gradients(f, std::tuple(uneven({2, 3}), uneven({3})));
  CHECK(result.passes());
  CHECK(result.derivatives == 6 + 3 + 1);
  const auto g = [](const Tree& t) { return t["a"] * t["b"]; };
  CHECK(check_gradients(g, Tree{{"a", uneven({2})}, {"b", uneven({2})}}, {.order = 2}).passes());
}

TEST_CASE("a wrong derivative fails, and the report says where") {
  const auto wrong = [](const Tree& t) { return t["good"] * 2 + stop_gradient(exp(t["bad"])); };
  const auto check = check_gradients(wrong, Tree{{"good", uneven({3})}, {"bad", uneven({3})}});
  CHECK_FALSE(check.passes());
  CHECK_THAT(to_string(check), Catch::StartsWith("failed at bad[") && Catch::Contains("is 0, "));
}

TEST_CASE("an error in an element that is not tried shows along the common direction") {
  const auto wrong = [](const Tensor& x) {
    const Tensor last = astype(equal(arange(50), 49), float64);
    return x * x + stop_gradient(x * last);
  };
  const auto check = check_gradients(wrong, uneven({50}), {.max_per_tensor = 5});
  CHECK_FALSE(check.passes());
  CHECK(check.where == "a common direction");
  CHECK(check.derivatives == 6);
}

TEST_CASE("a derivative that is NaN fails") {
  const auto f = [](const Tensor& x) { return where(x > 0, x, sqrt(x)); };
  CHECK_FALSE(check_gradients(f, Tensor::from({1.0, 0.0}, {2})).passes());
}

TEST_CASE("statistics that are not differentiated are found out, though nothing learns before") {
  const Tensor x = uneven({4, 3});
  CHECK(check_gradients(Normalise{}, x).passes());
  CHECK_FALSE(check_gradients(Normalise{.frozen = true}, x).passes());
  // A plain sum would not see it: its derivative is 0 either way.
  const auto plain = [](bool frozen) {
    return [frozen](const Tensor& v) { return sum(normalised(v, frozen)); };
  };
  CHECK(check_gradients(plain(false), x).passes());
}

TEST_CASE("a network with BatchNorm passes, first and second derivative") {
  const Tensor x = uneven({3, 4, 4, 2});
  const auto check = check_gradients(Small{}, x, {.max_per_tensor = 20});
  INFO(to_string(check));
  CHECK(check.passes());
  CHECK(check_gradients(Small{}, uneven({2, 2, 2, 1}), {.order = 2, .max_per_tensor = 5}).passes());
}

TEST_CASE("a module over integers is checked in its parameters alone") {
  const auto check = check_gradients(Lookup{}, Tensor::from({1, 4, 1}, {3}));
  CHECK(check.passes());
  CHECK(check.derivatives == 15 + 1);
}

TEST_CASE("a parameter that a module forgets on the way back is named") {
  CHECK(check_gradients(Forgetful{}, uneven({2, 3})).where.starts_with("params/bias["));
}

TEST_CASE("conversions to narrower floats are left out, forward and backward") {
  CHECK(check_gradients([](const Tensor& x) { return astype(x * x, float32); }, uneven({3})));
  CHECK(check_gradients(Narrow{}, uneven({3, 2})));
}

TEST_CASE("a module of several arguments draws the same numbers at every evaluation") {
  const Tensor mask = Tensor::from({true, false, true, true, true, false}, {2, 3});
  const auto check = check_gradients(Masked{}, std::tuple(uneven({2, 4}), mask));
  INFO(to_string(check));
  CHECK(check.passes());
  CHECK(check.derivatives == 8 + 12 + 3 + 16 + 1);
}

TEST_CASE("the order of a check is 1 or 2") {
  const auto f = [](const Tensor& x) { return x; };
  CHECK_THROWS_WITH(check_gradients(f, uneven({2}), {.order = 3}), Catch::Contains("order 3"));
}

TEST_CASE("a check that would check nothing is refused") {
  const auto f = [](const Tensor& x) { return x * x; };
  const auto place = [](const Tensor& x) { return argmax(x, 0); };
  CHECK_THROWS_WITH(check_gradients(place, uneven({3})), Catch::Contains("no result is floating"));
  CHECK_THROWS_WITH(check_gradients(f, arange(3)), Catch::Contains("none of the 1 inputs"));
  CHECK_THROWS_WITH(check_gradients(f, uneven({3}), {.tolerance = 0}),
                    Catch::Contains("tolerance 0, "));
  CHECK_THROWS_WITH(check_gradients(f, uneven({3}), {.max_per_tensor = -1}),
                    Catch::Contains("max_per_tensor -1 "));
}
