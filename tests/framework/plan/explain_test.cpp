// explain: the table of a plan, before and after a profile.
#include <linseed/framework/plan/explain.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/ops/collectives.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/profile.h>
#include <linseed/pmap.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

/// The words of the lines of `text` that have `part` in them: "16.0 M" are two.
std::vector<std::vector<std::string>> rows_with(const std::string& text, std::string_view part) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) == std::string::npos) continue;
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words),
                      std::istream_iterator<std::string>());
  }
  return rows;
}

struct Profiled {
  Profiled() { start_profile(); }
  ~Profiled() { stop_profile(); }
};

}  // namespace

TEST_CASE("a plan is a table with shapes, FLOPs, bytes and modules, aligned") {
  const Tensor bias = vector({1, 2, 3, 4});
  const auto f = jit([&](const Tensor& x, const Tensor& w) {
    const LabelScope scope("/Dense_0");
    return argmax(matmul(x, w) + bias, -1);
  });
  f(uneven({1000, 300}), uneven({300, 4}));
  CHECK(explain(f) ==
        "captured tensors: 1\n"
        "  %3 = captured [4] float32\n"
        " step  kernel  shapes                            FLOPs    bytes  module\n"
        "    1  matmul  [1000,300], [300,4] -> [1000,4]  2.40 M  1.22 MB  /Dense_0\n"
        "    2  add     [1000,4], [4] -> [1000,4]        4.00 k  32.0 kB  /Dense_0\n"
        "    3  argmax  [1000,4] -> [1000] int32         4.00 k  20.0 kB  /Dense_0\n"
        "total                                           2.41 M  1.27 MB\n");
}

TEST_CASE(
    "under the check for NaN the table has the steps as they were written, with their times") {
  const auto f = jit([](const Tensor& x) { return exp(x) * x; });
  const Tensor x = uneven({8, 8});
  f(x);
  CHECK(rows_with(explain(f), "fused").size() == 1);
  const auto restore = std::shared_ptr<void>(nullptr, [](void*) { set_check_finite(false); });
  set_check_finite(true);
  {
    const Profiled profiled;
    f(x);
  }
  CHECK(rows_with(explain(f), "roofline").size() == 2);  // the titles, and what the machine can do
  CHECK(rows_with(explain(f), "exp").size() == 1);
}

TEST_CASE("after calls under a profile the table has calls, times, rates and the roofline") {
  const auto f = jit([](const Tensor& x) { return sum(reshape(matmul(x, x), {-1})); });
  const Tensor x = uneven({200, 200});
  f(x);
  CHECK(rows_with(explain(f), "roofline").empty());
  {
    const Profiled profiled;
    for (int i = 0; i < 3; ++i) f(x);
  }
  f(x);  // not counted
  const std::string table = explain(f);
  const std::vector<std::string> titles = rows_with(table, "kernel").front();
  CHECK(titles == std::vector<std::string>{"step", "kernel", "shapes", "FLOPs", "bytes", "calls",
                                           "time", "GF/s", "GB/s", "roofline", "module"});
  const std::vector<std::string> product = rows_with(table, "matmul").front();
  // 1 matmul [200,200], [200,200] -> [200,200] 16.0 M 480 kB 3 1.23 ms 13.0 0.39 8 %
  REQUIRE(product.size() == 17);
  CHECK(product[6] == "16.0");
  CHECK(product[10] == "3");
  const double unit = product[12] == "us" ? 1e-6 : product[12] == "ms" ? 1e-3 : 1;
  // Both are written with three digits.
  CHECK(std::stod(product[13]) == Approx(16e-3 / (std::stod(product[11]) * unit)).epsilon(0.011));
  CHECK(product[16] == "%");
  CHECK(std::stoi(product[15]) > 0);
  // What has no kernel takes no time.
  CHECK(rows_with(table, "reshape").front().size() == 8);  // 2 reshape [200,200] -> [40000] 0 0 B
  CHECK(rows_with(table, "total").front()[5] == "3");
  CHECK(rows_with(table, "roofline of").size() == 1);
}

TEST_CASE("a new profile counts anew") {
  const auto f = jit([](const Tensor& x) { return exp(x); });
  for (const int calls : {2, 1}) {
    const Profiled profiled;
    for (int i = 0; i < calls; ++i) f(vector({1}));
    CHECK(rows_with(explain(f), "exp").front()[8] == std::to_string(calls));
  }
  const Profiled profiled;
  CHECK(rows_with(explain(f), "roofline").empty());
}

TEST_CASE("the steps inside of a step stand below it, with the calls of all rounds and replicas") {
  const auto body = [](const Tensor& carry, const Tensor& x) {
    return std::pair(psum(carry * x, "batch"), carry);
  };
  const auto f = pmap([&](const Tensor& xs) { return scan(body, zeros({4}), xs).first; },
                      {.axis_name = "batch", .replicas = 2});
  const Profiled profiled;
  f(uneven({2, 5, 4}));
  f(uneven({2, 5, 4}));
  const std::string table = explain(f);
  CHECK(occurrences(table, "captured tensors: ") == 1);
  const auto scans = rows_with(table, " scan ");
  REQUIRE(scans.size() == 1);
  const std::string number = scans.front().front();
  CHECK(number == "2.2");
  const auto products = rows_with(table, " multiply ");
  REQUIRE(products.size() == 1);
  CHECK(products.front().front() == number + ".1");
  // 2.2.1 multiply [4], [4] -> [4] 4 48 B 20 …: two calls of five rounds on two replicas.
  CHECK(products.front()[6] == "4");
  CHECK(products.front()[9] == "20");
  CHECK(rows_with(table, " psum ").front()[10] == "20");
  // Each round multiplies and sums, on two replicas.
  CHECK(rows_with(table, " pmap ").front()[7] == std::to_string(2 * 5 * (4 + 4)));
}

}  // namespace linseed::test
