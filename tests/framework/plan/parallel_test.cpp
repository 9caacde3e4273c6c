// Threads: results do not depend on their number, nor on who evaluates.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/plan/parallel_internal.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

/// Sets the number of threads while it lives.
class Threads {
 public:
  explicit Threads(int count) : before_(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// A small network with every kind of kernel that sums: loss and derivatives.
std::vector<Tensor> train(const std::vector<Tensor>& params, const Tensor& image) {
  const auto loss = [&](const std::vector<Tensor>& p) {
    Tensor y = convolution(image, p[0]);
    const auto [count, mean_of, m2] = moments(y, {0, 1, 2});
    y = (y - mean_of) * rsqrt(m2 / count + 1e-5);
    y = max_pool(maximum(y, 0), {2, 2}, {2, 2}, "VALID");
    y = matmul(reshape(y, {y.dim(0), -1}), p[1]);
    y = y - max(y, -1, keepdims);
    return mean(log(sum(exp(y), -1)) - take(y, Tensor(3), 1)) + sum(p[0] * p[0]);
  };
  auto [value, gradients] = value_and_grad(loss)(params);
  gradients.push_back(value);
  gradients.push_back(random::normal(random::key(1), {300, 300}));
  return gradients;
}

std::vector<std::string> trained_bits(bool compiled) {
  const std::vector<Tensor> params{uneven({3, 3, 3, 16}, 1), uneven({12 * 12 * 16, 10}, 2)};
  const Tensor image = uneven({16, 24, 24, 3}, 3);
  const auto results = compiled ? jit(train)(params, image) : train(params, image);
  evaluate(results);
  std::vector<std::string> all;
  for (const Tensor& tensor : results) all.push_back(bits(tensor));
  return all;
}

/// A smaller matrix out of `x`, evaluated.
Tensor corner(const Tensor& x) {
  const Tensor part = slice(x, {0, 0}, {100, 100});
  evaluate(part);
  return part;
}

}  // namespace

TEST_CASE("one, two and four threads give the same bits, with jit and without") {
  for (const bool compiled : {false, true}) {
    std::vector<std::string> expected;
    for (const int threads : {1, 2, 4, 3}) {
      const Threads scope(threads);
      CHECK(num_threads() == threads);
      const auto result = trained_bits(compiled);
      if (expected.empty()) expected = result;
      CHECK((result == expected));
    }
  }
}

TEST_CASE("a loop goes through each item once, also inside another one") {
  constexpr double kLong = 1e6;
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    for (const std::int64_t items : {1, 2, 3, 7, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(3 * items));
      run_in_arena([&] {
        parallel_for(3, kLong, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t row = begin; row < end; ++row) {
            parallel_for_inside(items, kLong, [&](std::int64_t first, std::int64_t last) {
              for (std::int64_t i = first; i < last; ++i) {
                ++visits[static_cast<std::size_t>(row * items + i)];
              }
            });
          }
        });
        parallel_for(3 * items, kLong, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
      });
      CHECK(std::ranges::all_of(visits, [](const auto& count) { return count == 2; }));
    }
  }
}

TEST_CASE("what a loop's body throws comes out of the loop") {
  constexpr double kLong = 1e6;
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    for (const std::int64_t broken : {0, 50, 99}) {
      const auto loop = [&] {
        parallel_for(100, kLong, [&](std::int64_t begin, std::int64_t end) {
          if (begin <= broken && broken < end) throw std::runtime_error("broken");
        });
      };
      CHECK_THROWS_WITH(run_in_arena(loop), "broken");
    }
  }
}

TEST_CASE("a number of threads must be positive") {
  CHECK_THROWS_WITH(set_num_threads(0), Catch::Contains("set_num_threads") && Catch::Contains("0"));
  CHECK_THROWS_AS(set_num_threads(-1), InvalidArgument);
  CHECK(num_threads() >= 1);
}

// Run by CMake with LINSEED_NUM_THREADS=many: the variable is read once in a process.
TEST_CASE("a LINSEED_NUM_THREADS that is no number is an error", "[.environment]") {
  if (std::getenv("LINSEED_NUM_THREADS") == nullptr) return;
  CHECK_THROWS_WITH(num_threads(),
                    Catch::Contains("LINSEED_NUM_THREADS") && Catch::Contains("'many'"));
  const Tensor y = vector({1}) + 1;
  CHECK_THROWS_AS(y.item<float>(), InvalidArgument);
  set_num_threads(2);
  CHECK(y.item<float>() == 2);
}

TEST_CASE("subnormal numbers are flushed inside plans, and the caller's arithmetic is left alone") {
  const Tensor tiny = Tensor(1e-40F) * 1.F;
  CHECK(tiny.item<float>() == 0);
  volatile float own = 1e-40F;
  own = own * 1.F;
  CHECK(own > 0);
}

TEST_CASE("two threads evaluate what they share, and each its own") {
  const Tensor shared = exp(uneven({300, 300}, 1)) * 2;  // not evaluated yet
  const Tensor inputs = uneven({200, 200}, 2);
  const auto compiled = jit([](const Tensor& x) { return tanh(matmul(x, x)) + sum(x); });
  const std::string expected_sum = bits(sum(exp(uneven({300, 300}, 1)) * 2));
  const std::string expected_whole = bits(compiled(inputs));
  const std::string expected_part = bits(compiled(corner(inputs)));

  std::array<bool, 2> right{true, true};
  const auto work = [&](std::size_t id) {
    for (int i = 0; i < 50; ++i) {
      right[id] = right[id] && bits(sum(shared)) == expected_sum;
      const bool whole = (i + static_cast<int>(id)) % 2 == 0;
      const Tensor own = whole ? inputs : corner(inputs);
      right[id] = right[id] && bits(compiled(own)) == (whole ? expected_whole : expected_part);
      const Tensor gradient = grad([&](const Tensor& x) { return sum(x * x * inputs); })(inputs);
      right[id] = right[id] && gradient.data<float>()[7] ==
                                   2 * inputs.data<float>()[7] * inputs.data<float>()[7];
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  CHECK(right[0]);
  CHECK(right[1]);
}

// Seen to crash while the walk back read inputs that the evaluation dropped.
TEST_CASE("a thread differentiates over a captured graph while another evaluates it") {
  const Tensor x = vector({1, 2});
  for (int round = 0; round < 300; ++round) {
    Tensor captured = x;
    for (int i = 0; i < 500; ++i) captured = captured + x;
    std::thread other([&] { evaluate(captured); });
    const Tensor gradient = grad([&](const Tensor& w) { return sum(w * captured); })(x);
    other.join();
    CHECK(values(gradient) == std::vector<double>{501, 1002});
  }
}

TEST_CASE("two threads that trace the same function at once get right results") {
  for (int round = 0; round < 20; ++round) {
    const auto f = jit([](const Tensor& x) { return sum(exp(x)) + 1; });
    const Tensor x = uneven({50});
    const std::string expected = bits(sum(exp(x)) + 1);
    bool other_right = false;
    std::thread other([&] { other_right = bits(f(x)) == expected; });
    CHECK(bits(f(x)) == expected);
    other.join();
    CHECK(other_right);
    CHECK(f.trace_count() == 1);
  }
}

}  // namespace linseed::test
