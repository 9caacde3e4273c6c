// What the machine can do at best, and what follows for a step.
#include <linseed/framework/plan/peak_internal.h>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/peak_loops.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {

TEST_CASE("a step takes at least its operations or its traffic, where its bytes fit") {
  const Peak peak{100, {{1e6, 50}, {1e7, 20}, {1e8, 10}}};
  CHECK(peak.bandwidth(0) == 50);
  CHECK(peak.bandwidth(1e6) == 50);
  CHECK(peak.bandwidth(2e6) == 20);
  CHECK(peak.bandwidth(1e9) == 10);
  CHECK(peak.least_seconds({1e9, 1e6}) == Approx(0.01));
  CHECK(peak.least_seconds({1e9, 1e9}) == Approx(0.1));
}

TEST_CASE("the loops do what is counted, on each instruction set") {
  std::vector<float> x(512);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  for_each_instruction_set([&] {
    // Twelve vectors of a multiply-add each, in each round.
    const double once = kernels::multiply_add_loop(1);
    CHECK(once >= 2 * 12);
    CHECK(kernels::multiply_add_loop(10) == 10 * once);
    std::vector<float> y(x.size());
    kernels::scale_loop(x.data(), y.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == 0.999F * x[i]);
  });
}

TEST_CASE("a measured peak has a rate for each working set, the smallest first") {
  const Peak peak = measure_peak(2, 1);
  CHECK(peak.gflops > 0);
  REQUIRE(peak.streams.size() == 5);
  for (std::size_t i = 0; i < peak.streams.size(); ++i) {
    CHECK(peak.streams[i].rate > 0);
    if (i > 0) CHECK(peak.streams[i].bytes > peak.streams[i - 1].bytes);
  }
}

}  // namespace linseed::test
