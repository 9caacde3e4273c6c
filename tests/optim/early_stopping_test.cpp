#include <catch2/catch.hpp>

#include <cmath>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/plan/check_finite.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/optim/early_stopping.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>

using namespace linseed;
using namespace linseed::test;
using optim::EarlyStopping;

namespace {

/// How many of `losses` are seen before it stops.
int seen(EarlyStopping stopping, const std::vector<double>& losses) {
  int count = 0;
  for (const double loss : losses) {
    stopping = stopping.update(loss);
    ++count;
    if (stopping.should_stop().item<bool>()) break;
  }
  return count;
}

}  // namespace

TEST_CASE("it stops when a value has failed to improve more often than patience allows") {
  const std::vector<double> losses{3, 2, 2.5, 2.25, 1, 1.5, 1.25, 1.125, 1.0625};
  CHECK(seen({.patience = 0}, losses) == 3);
  CHECK(seen({.patience = 1}, losses) == 4);
  CHECK(seen({.patience = 2}, losses) == 8);
  CHECK(seen({.patience = 4}, losses) == 9);
}

TEST_CASE("an improvement is more than min_delta, and equal is none") {
  CHECK(seen({.min_delta = 0.5}, {3, 2.5, 1}) == 2);
  CHECK(seen({.min_delta = 0.5}, {3, 2.25, 1}) == 3);
  CHECK(seen({}, {1, 1, 0}) == 2);
}

TEST_CASE("NaN is no improvement, and what follows may be") {
  const EarlyStopping broken = EarlyStopping{.patience = 3}.update(std::nan(""));
  CHECK_FALSE(broken.has_improved.item<bool>());
  CHECK(broken.waited.item<int>() == 1);
  const EarlyStopping better = broken.update(Tensor(2.f));
  CHECK(better.has_improved.item<bool>());
  CHECK(better.best.item<float>() == 2);
  CHECK(better.waited.item<int>() == 0);
}

TEST_CASE("it runs under jit, and its first infinite best does not stop the check for NaN") {
  const auto update = jit([](EarlyStopping stopping, Tensor loss) {
    stopping = stopping.update(loss);
    return std::pair(stopping, stopping.should_stop());
  });
  const auto restore = std::shared_ptr<void>(nullptr, [](void*) { set_check_finite(false); });
  set_check_finite(true);
  EarlyStopping stopping{.patience = 1};
  std::vector<bool> stops;
  for (const float loss : {3.f, 4.f, 2.f, 2.f, 5.f}) {
    auto [next, stop] = update(stopping, Tensor(loss));
    stopping = next;
    stops.push_back(stop.item<bool>());
  }
  CHECK(stops == std::vector<bool>{false, false, false, false, true});
  CHECK(stopping.best.item<float>() == 2);
  CHECK(update.trace_count() == 1);
}

TEST_CASE("a run that goes on after a restart has the same patience left") {
  const TemporaryDirectory directory;
  EarlyStopping stopping{.patience = 1};
  for (const double loss : {2., 3.}) stopping = stopping.update(loss);
  save_checkpoint(directory.path(), stopping, 2);
  const auto restored = restore_checkpoint(directory.path(), EarlyStopping{.patience = 1}).value;
  CHECK(restored.best.item<float>() == 2);
  CHECK_FALSE(restored.should_stop().item<bool>());
  CHECK(restored.update(2.5).should_stop().item<bool>());
}

TEST_CASE("negative patience is refused") {
  CHECK(fails<InvalidArgument>([] { EarlyStopping{.patience = -1}.update(1); }, {"patience -1"}) ==
        "");
}
