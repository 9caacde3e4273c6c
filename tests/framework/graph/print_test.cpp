// Graphs, programs and plans as people see them.
#include <linseed/framework/graph/print.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/print.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

/// sum(x W), the product built in a module called /Dense_0.
Tensor small_graph() {
  const Tensor x = placeholder({{2, 3}, float32}, "test");
  const Tensor w = Tensor::from(std::vector<float>(12, 1), {3, 4});
  const auto product = [&] {
    const LabelScope scope("/Dense_0");
    return matmul(x, w);
  };
  return sum(product());
}

/// What `print` writes.
template <class Print>
std::string printed(Print print) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  print(file);
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  const std::size_t length = std::fread(text.data(), 1, text.size(), file);
  std::fclose(file);
  CHECK(length == text.size());
  return text;
}

}  // namespace

TEST_CASE("a graph prints its values, attributes, modules and sums") {
  const std::string expected =
      "%0 = input [2,3] float32\n"
      "%1 = captured [3,4] float32\n"
      "%2 = matmul %0, %1  [2,4] float32  {transpose_a=false transpose_b=false}  /Dense_0\n"
      "%3 = sum %2  [] float32  {axes=[0,1]}\n"
      "outputs %3\n"
      "2 steps: 1 matmul, 1 sum; inputs 24 bytes, captured 48, outputs 4\n";
  CHECK(describe_graph(small_graph()) == expected);
  CHECK(printed([](std::FILE* file) { print_graph(small_graph(), {}, file); }) == expected);
}

TEST_CASE("a graph in Graphviz's language has a box for each step and an arrow for each operand") {
  CHECK(describe_graph(small_graph(), {.dot = true}) ==
        "digraph linseed {\n"
        "  node [shape=box];\n"
        "  v0 [shape=ellipse, label=\"input\\n[2,3] float32\"];\n"
        "  v1 [shape=ellipse, label=\"captured\\n[3,4] float32\"];\n"
        "  s0 [label=\"matmul\\n[2,4] float32\\n/Dense_0\"];\n"
        "  v0 -> s0;\n"
        "  v1 -> s0;\n"
        "  s1 [label=\"sum\\n[] float32\"];\n"
        "  s0 -> s1;\n"
        "}\n");
}

TEST_CASE("in Graphviz's language the program of a loop is a cluster tied to its step") {
  const Tensor xs = placeholder({{4}, float32}, "test");
  const Tensor doubled = map([](const Tensor& x) { return x * 2; }, xs);
  const std::string text = describe_graph(doubled, {.dot = true});
  CHECK_THAT(text,
             Catch::Contains("  subgraph cluster_s0_p0 {\n    label=\"program 0 of scan\";\n"));
  CHECK_THAT(text, Catch::Contains("    s0_p0_s1 [label=\"multiply\\n[] float32\"];\n"));
  CHECK_THAT(text, Catch::Contains("  s0 -> s0_p0 [style=dashed, dir=none];\n"));
}

TEST_CASE("in Graphviz's language the middle of a long graph is one box, and names are escaped") {
  Tensor x = placeholder({{}, float32}, "test");
  const Tensor start = x;
  for (int i = 0; i < 8; ++i) x = -x;
  const LabelScope scope("/a \"quoted\" name");
  CHECK(describe_graph(x + start, {.most_steps = 2, .dot = true}) ==
        "digraph linseed {\n"
        "  node [shape=box];\n"
        "  v0 [shape=ellipse, label=\"input\\n[] float32\"];\n"
        "  s0 [label=\"negative\\n[] float32\"];\n"
        "  v0 -> s0;\n"
        "  rest [style=dashed, label=\"7 more steps\"];\n"
        "  s0 -> rest;\n"
        "  s8 [label=\"add\\n[] float32\\n/a \\\"quoted\\\" name\"];\n"
        "  rest -> s8;\n"
        "  v0 -> s8;\n"
        "}\n");
}

TEST_CASE("printing evaluates nothing, and shows what is computed as captured") {
  const Tensor x = vector({1, 2}) + 1;
  CHECK_THAT(describe_graph(x), Catch::Contains("add"));
  CHECK_FALSE(x.is_evaluated());
  x.data<float>();
  CHECK(describe_graph(x) ==
        "%0 = captured [2] float32\noutputs %0\n"
        "0 steps; inputs 0 bytes, captured 8, outputs 8\n");
  CHECK(describe_graph(Tensor()) == "an undefined Tensor\n");
}

TEST_CASE("a long graph is shortened in its middle, its summary counts all") {
  Tensor x = placeholder({{1}, float32}, "test");
  for (int i = 0; i < 1000; ++i) x = -x;
  const std::string text = describe_graph(x, {.most_steps = 5});
  CHECK(text ==
        "%0 = input [1] float32\n"
        "%1 = negative %0  [1] float32\n"
        "%2 = negative %1  [1] float32\n"
        "%3 = negative %2  [1] float32\n"
        "… 995 more steps …\n"
        "%999 = negative %998  [1] float32\n"
        "%1000 = negative %999  [1] float32\n"
        "outputs %1000\n"
        "1000 steps: 1000 negative; inputs 4 bytes, captured 0, outputs 4\n");
}

TEST_CASE("a plan prints where each value lives") {
  const Tensor x = placeholder({{2}, float32}, "test");
  const Plan plan = make_plan(close(std::vector{sum(exp(x))}, std::vector{x}).program);
  CHECK(describe(plan) ==
        "arena 64 bytes\n"
        "%1:arena+0 = exp %0:input+0  [2] float32\n"
        "%2:output+0 = sum %1:arena+0  [] float32  {axes=[0]}\n"
        "2 steps: 1 exp, 1 sum; arena 64 bytes, outputs 4 in 1 buffer, 0 of them over inputs\n");
}

TEST_CASE("a compiled function prints the programs and plans of its traces, nested ones indented") {
  const auto f = jit([](const Tensor& xs) {
    return scan([](const Tensor& c, const Tensor& x) { return std::pair(c + x, exp(c)); },
                Tensor(0.F), xs)
        .second;
  });
  f(vector({1, 2, 3}));
  const std::string programs = printed([&](std::FILE* file) { print_program(f, {}, file); });
  CHECK_THAT(programs, Catch::Contains(" = scan ") &&
                           Catch::Contains("\n  %0 = input [] float32") &&
                           Catch::Contains("1 scan"));
  const std::string plans = printed([&](std::FILE* file) { print_plan(f, {}, file); });
  CHECK_THAT(plans, Catch::Contains(" = scan ") && Catch::Contains("\n  arena ") &&
                        Catch::Contains("outputs 12 in 1 buffer"));
  f(vector({1, 2}));
  const std::string both = printed([&](std::FILE* file) { print_program(f, {}, file); });
  CHECK(both.size() > programs.size());
}

}  // namespace linseed::test
