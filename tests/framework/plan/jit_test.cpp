// The contract of jit, point by point.
#include <linseed/framework/plan/jit.h>

#include <array>
#include <cmath>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/tests/support/captured_stderr.h>
#include <linseed/tests/support/counted.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

struct Request {
  Tensor x;
  int repeats = 1;
  std::string mode = "add";
  static constexpr auto tree = linseed::fields<&Request::x, &Request::repeats, &Request::mode>;
};

Tensor serve(const Request& request) {
  Tensor y = request.x;
  for (int i = 0; i < request.repeats; ++i) y = request.mode == "add" ? y + 1 : y * 2;
  return y;
}

}  // namespace

TEST_CASE("a jitted function returns evaluated tensors at once") {
  const auto f = jit([](const Tensor& x) { return std::pair(exp(x), Tree{{"twice", x * 2}}); });
  const auto [first, second] = f(vector({0, 0}));
  CHECK(first.is_evaluated());
  CHECK(second.at("twice").tensor().is_evaluated());
  CHECK(values(first) == std::vector<double>{1, 1});
  CHECK(values(second.at("twice")) == std::vector<double>{0, 0});
}

TEST_CASE("a jitted function takes arguments that are not evaluated, and none at all") {
  const auto f = jit([](const Tensor& x, const Tensor& y) { return x + y; });
  const Tensor lazy = vector({1}) * 3;
  CHECK(f(lazy, lazy + 1).item<float>() == 7);
  CHECK(jit([] { return full({2}, 3); })().data<std::int32_t>()[1] == 3);
}

TEST_CASE("jit traces once for each shape and dtype") {
  const auto f = jit([](const Tensor& x) { return x * 2; });
  f(vector({1, 2}));
  f(vector({3, 4}));
  CHECK(f.trace_count() == 1);
  f(vector({1, 2, 3}));
  CHECK(f.trace_count() == 2);
  f(Tensor::from({1, 2}, {2}));
  CHECK(f.trace_count() == 3);
  CHECK(values(f(vector({5, 6}))) == std::vector<double>{10, 12});
  CHECK(f.trace_count() == 3);
}

TEST_CASE("copies of a jitted function share their traces") {
  const auto f = jit([](const Tensor& x) { return x * 2; });
  const auto g = f;
  g(vector({1}));
  f(vector({1}));
  CHECK(f.trace_count() == 1);
  CHECK(g.trace_count() == 1);
}

TEST_CASE("numbers and strings in the arguments are compared by value") {
  const auto f = jit(serve);
  CHECK(f(Request{vector({1}), 2, "add"}).item<float>() == 3);
  CHECK(f(Request{vector({5}), 2, "add"}).item<float>() == 7);
  CHECK(f.trace_count() == 1);
  CHECK(f(Request{vector({1}), 3, "add"}).item<float>() == 4);
  CHECK(f(Request{vector({1}), 3, "double"}).item<float>() == 8);
  CHECK(f.trace_count() == 3);
  CHECK(f(Request{vector({2}), 2, "add"}).item<float>() == 4);
  CHECK(f.trace_count() == 3);

  const auto scaled = jit([](const Tensor& x, float factor) { return x * factor; });
  CHECK(scaled(vector({1}), 2.F).item<float>() == 2);
  CHECK(scaled(vector({1}), 3.F).item<float>() == 3);
  CHECK(scaled.trace_count() == 2);
}

TEST_CASE("a text is compared by what it says, however it is passed") {
  char word[] = "add";
  const auto by_view =
      jit([](const Tensor& x, std::string_view mode) { return mode == "add" ? x + 1 : x * 5; });
  const auto by_pointer = jit([](const Tensor& x, const char* mode) {
    return std::string_view(mode) == "add" ? x + 1 : x * 5;
  });
  for (const float expected : {2.F, 5.F}) {
    CHECK(by_view(vector({1}), std::string_view(word)).item<float>() == expected);
    CHECK(by_pointer(vector({1}), static_cast<const char*>(word)).item<float>() == expected);
    word[0] = 'o';
  }
}

TEST_CASE("a negative zero is another number than zero, and NaN is found again") {
  const auto over = jit([](const Tensor& x, float divisor) { return x / divisor; });
  CHECK(over(vector({1}), 0.F).item<float>() > 0);
  CHECK(over(vector({1}), -0.F).item<float>() < 0);
  CHECK(over.trace_count() == 2);
  over(vector({1}), std::nanf(""));
  over(vector({1}), std::nanf(""));
  CHECK(over.trace_count() == 3);
}

TEST_CASE("names and number of tensors belong to the signature") {
  const auto total = [](const auto& parts) {
    Tensor result = zeros({});
    for (const Tensor& leaf : tree::leaves(parts)) result = result + sum(leaf);
    return result;
  };
  const auto f = jit(total);
  const Tensor x = vector({1, 2});
  f(std::vector<Tensor>{x, x});
  CHECK(f(std::vector<Tensor>{x, x, x}).item<float>() == 9);
  CHECK(f.trace_count() == 2);
  f(std::array<Tensor, 2>{x, x});
  CHECK(f.trace_count() == 3);
  f(Tree{{"a", x}, {"b", x}});
  f(Tree{{"a", x}, {"c", x}});
  f(Tree{{"a", x}, {"b", Tree{{"c", x}}}});
  CHECK(f.trace_count() == 6);
  f(Tree{{"a", x}, {"b", x}});
  CHECK(f.trace_count() == 6);
}

TEST_CASE("a Scalar is fixed as a number and traced as a tensor") {
  const auto f = jit([](const Tensor& x, const Scalar& rate) { return std::pair(x * rate, rate); });
  CHECK(f(vector({2}), Scalar(0.5)).first.item<float>() == 1);
  CHECK(f(vector({2}), Scalar(0.25)).first.item<float>() == 0.5F);
  CHECK(f.trace_count() == 2);
  CHECK(f(vector({2}), Scalar(Tensor(0.5F))).first.item<float>() == 1);
  const auto [y, rate] = f(vector({2}), Scalar(Tensor(3.F)));
  CHECK(y.item<float>() == 6);
  CHECK(rate.tensor().item<float>() == 3);
  CHECK(f.trace_count() == 3);
}

TEST_CASE("undefined tensors may be passed and returned") {
  const auto f = jit([](const Tensor& x, const Tensor& mask) {
    return std::pair(mask.defined() ? x * mask : x + 10, Tensor());
  });
  const auto [without, nothing] = f(vector({1, 2}), Tensor());
  CHECK(values(without) == std::vector<double>{11, 12});
  CHECK_FALSE(nothing.defined());
  CHECK(values(f(vector({1, 2}), vector({0, 1})).first) == std::vector<double>{0, 2});
  CHECK(values(f(vector({1, 2}), Tensor()).first) == std::vector<double>{11, 12});
  CHECK(f.trace_count() == 2);
}

TEST_CASE("what was fixed in the result at the trace comes back") {
  const auto f = jit([](const Request& r) { return Request{serve(r), r.repeats + 1, r.mode}; });
  for (int i = 0; i < 2; ++i) {
    const Request result = f(Request{vector({1}), 2, "add"});
    CHECK(result.x.item<float>() == 3);
    CHECK(result.repeats == 3);
    CHECK(result.mode == "add");
  }
}

TEST_CASE("results may repeat, pass arguments through, or be constants") {
  const Tensor captured = vector({7});
  const auto f = jit([=](const Tensor& x) {
    const Tensor y = x + 1;
    return std::vector<Tensor>{y, x, y, captured, reshape(y, {1, 1}), ones({1})};
  });
  const Tensor x = vector({1});
  for (int i = 0; i < 2; ++i) {
    std::vector<double> all;
    for (const Tensor& t : f(x)) all.push_back(t.item<double>());
    CHECK(all == std::vector<double>{2, 1, 2, 7, 2, 1});
  }
}

TEST_CASE("captured tensors are constants of the trace, and explain lists them") {
  Tensor factor = vector({2});
  const auto f = jit([&](const Tensor& x) { return x * factor; });
  CHECK(f(vector({1})).item<float>() == 2);
  factor = vector({5});
  CHECK(f(vector({1})).item<float>() == 2);
  CHECK(f(vector({1, 1})).data<float>()[0] == 5);
  CHECK_THAT(explain(f), Catch::Contains("captured tensors: 1") &&
                             Catch::Contains("captured [1] float32") &&
                             Catch::Contains("multiply"));
}

TEST_CASE("a captured graph that is not evaluated is computed once") {
  const int before = times_computed;
  const Tensor table = counted(vector({1, 2})) * 3;
  const auto f = jit([=](const Tensor& x) { return x + exp(table * 0); });
  for (int i = 0; i < 3; ++i) f(vector({1, 2}));
  CHECK(times_computed == before + 1);
}

TEST_CASE("reading a value inside jit is an error that names jit and says what to do") {
  const auto f = jit([](const Tensor& x) { return sum(x).item<float>() > 0 ? x : -x; });
  CHECK_THROWS_AS(f(vector({1, 2})), InvalidArgument);
  CHECK_THROWS_WITH(f(vector({1, 2})), Catch::Contains("jit") && Catch::Contains("where") &&
                                           Catch::Contains("[] float32"));
  CHECK(f.trace_count() == 0);
  CHECK_FALSE(InlineScope::is_open());
  CHECK(PlaceholderScope::depth() == 0);
}

TEST_CASE("a traced tensor prints its spec inside jit") {
  std::string printed;
  const auto f = jit([&](const Tensor& x) {
    printed = to_string(x * 2);
    return x;
  });
  f(vector({1, 2}));
  CHECK(printed == "traced tensor [2] float32");
}

TEST_CASE("a constant can be read inside jit") {
  const Tensor size = Tensor(3);
  const auto f = jit([&](const Tensor& x) { return x * static_cast<float>(size.item<int>()); });
  CHECK(f(vector({2})).item<float>() == 6);
}

TEST_CASE("a traced tensor that leaks out of jit is an error where it is used") {
  Tensor leaked;
  const auto f = jit([&](const Tensor& x) {
    leaked = x * 2;
    return x;
  });
  f(vector({1, 2}));
  CHECK_THROWS_WITH(leaked.data<float>(), Catch::Contains("jit"));
  CHECK_THROWS_WITH(evaluate(leaked + 1), Catch::Contains("jit"));
  const auto g = jit([&](const Tensor& x) { return x + leaked; });
  CHECK_THROWS_WITH(g(vector({1, 2})), Catch::Contains("jit") && Catch::Contains("another trace"));
}

TEST_CASE("jit inside jit runs inline") {
  const auto inner = jit([](const Tensor& x) { return x * 2; });
  const auto outer = jit([&](const Tensor& x) { return inner(x) + inner(vector({1})); });
  CHECK(outer(vector({1})).item<float>() == 4);
  CHECK(inner.trace_count() == 0);
  CHECK(outer.trace_count() == 1);
}

TEST_CASE("jit inside grad runs inline, and the derivative goes through it") {
  const auto inner = jit([](const Tensor& x) { return x * x * x; });
  const auto loss = [&](const Tensor& x) { return sum(inner(x)); };
  CHECK(values(grad(loss)(vector({1, 2}))) == std::vector<double>{3, 12});
  CHECK(inner.trace_count() == 0);
  const auto second = grad([&](const Tensor& x) { return sum(grad(loss)(x)); });
  CHECK(values(second(vector({1, 2}))) == std::vector<double>{6, 12});
}

TEST_CASE("grad inside jit gives the bits of grad outside") {
  const auto loss = [](const Tensor& x) { return sum(tanh(x) * exp(x)); };
  const Tensor x = uneven({7, 5});
  const auto f = jit([&](const Tensor& t) { return value_and_grad(loss)(t); });
  const auto [value, gradient] = f(x);
  const auto [expected_value, expected_gradient] = value_and_grad(loss)(x);
  CHECK(bits(value) == bits(expected_value));
  CHECK(bits(gradient) == bits(expected_gradient));
}

TEST_CASE("a jitted function runs inline on a placeholder") {
  const auto f = jit([](const Tensor& x) { return x * 2; });
  CHECK(f(placeholder({{3}, float32}, "init_by_shape")).is_traced());
  CHECK(f.trace_count() == 0);
}

TEST_CASE("the eighth trace warns and names what changed") {
  const auto f = jit([](const Tensor& x, float rate) { return x * rate; });
  const std::string by_rate = captured_stderr([&] {
    for (int i = 1; i <= 9; ++i) f(vector({1}), static_cast<float>(i));
  });
  CHECK_THAT(by_rate, Catch::Contains("traced the same function 8 times") &&
                          Catch::Contains("fixed argument 1") && Catch::Contains("0-d tensor"));
  CHECK(by_rate.find("8 times") == by_rate.rfind("8 times"));

  const auto g = jit([](const Request& r) { return serve(r); });
  const std::string by_shape = captured_stderr([&] {
    for (int i = 1; i <= 8; ++i) g(Request{zeros({i})});
  });
  CHECK_THAT(by_shape, Catch::Contains("argument 0/x: [7] float32 became [8] float32"));
}

}  // namespace linseed::test
