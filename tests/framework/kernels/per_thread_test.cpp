// Values that threads make for themselves.
#include <linseed/framework/kernels/per_thread.h>

#include <set>
#include <thread>

#include <catch2/catch.hpp>

namespace linseed::test {
namespace {

using kernels::PerThread;

/// Counts the items of a loop.
struct Made {
  explicit Made(const ParallelFor& parallel_for) {
    parallel_for(3, 1, [this](std::int64_t begin, std::int64_t end) { items += end - begin; });
  }
  std::int64_t items = 0;
};

/// How many values two threads get that are there at once, of which each asks twice.
template <class Make>
std::size_t count_values(const PerThread<Make>& values) {
  std::set<const Made*> seen;
  const auto ask = [&] {
    const Made& value = values.value();
    CHECK(value.items == 3);
    seen.insert(&value);
  };
  ask();
  std::thread([&] {
    ask();
    ask();
  }).join();
  ask();
  return seen.size();
}

}  // namespace

TEST_CASE("each thread makes a small value once in a loop, and a large one is made for all") {
  int made = 0, parallel_loops = 0;
  const ParallelFor parallel_for = [&](std::int64_t items, double, const RangeBody& body) {
    ++parallel_loops;
    body(0, items);
  };
  const auto make = [&](const ParallelFor& loop, void*) {
    ++made;
    return Made(loop);
  };
  SECTION("small: of each loop its own, not made where none is asked for") {
    for (int loop = 1; loop <= 3; ++loop) {
      const PerThread small(parallel_for, 1000, make);
      CHECK(made == 2 * (loop - 1));
      CHECK(count_values(small) == 2);
      CHECK(made == 2 * loop);
    }
    CHECK(parallel_loops == 0);
  }
  SECTION("large") {
    const PerThread large(parallel_for, 100 << 20, make);
    CHECK(count_values(large) == 1);
    CHECK(made == 1);
    CHECK(parallel_loops == 1);
  }
  SECTION("one that fails is made again when it is asked for again") {
    bool fails = true;
    const PerThread values(parallel_for, 1000, [&](const ParallelFor& loop, void*) {
      if (fails) throw InternalError("no memory");
      return Made(loop);
    });
    CHECK_THROWS_AS(values.value(), InternalError);
    fails = false;
    CHECK(values.value().items == 3);
  }
}

TEST_CASE("values of two loops that take turns on a thread do not keep each other's content") {
  const ParallelFor none;
  const auto written = [&](int content) {
    return PerThread(none, sizeof(int), [content](const ParallelFor&, void* memory) {
      return new (memory) int(content);
    });
  };
  const auto first = written(1), second = written(2);
  const PerThread other(none, 2 * sizeof(float),
                        [](const ParallelFor&, void* memory) { return new (memory) float(3); });
  const std::size_t before = Buffer::bytes_in_use();
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(*first.value() == 1);
    CHECK(*second.value() == 2);
    CHECK(*other.value() == 3);
  }
  CHECK(Buffer::bytes_in_use() == before);
}

}  // namespace linseed::test
