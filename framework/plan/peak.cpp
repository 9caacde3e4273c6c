#include <linseed/framework/plan/peak_internal.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <memory>
#include <thread>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/peak_loops.h>

namespace linseed {
namespace {

using Clock = std::chrono::steady_clock;

/// How a loop is measured.
struct Crew {
  int threads;
  int tries;
};

/// The shortest time in which all threads do `body` at once; each prepares with `prepare` first.
/// They are threads of their own: those of the pool never wait for each other.
template <class Prepare, class Body>
double best_seconds(const Crew& crew, const Prepare& prepare, const Body& body) {
  double best = 1e30;
  Clock::time_point start;
  const auto begin = [&]() noexcept { start = Clock::now(); };
  const auto end = [&]() noexcept {
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  };
  std::barrier<decltype(begin)> starts(crew.threads, begin);
  std::barrier<decltype(end)> ends(crew.threads, end);
  const auto run = [&] {
    auto own = prepare();
    for (int i = 0; i < crew.tries; ++i) {
      starts.arrive_and_wait();
      body(own);
      ends.arrive_and_wait();
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < crew.threads; ++i) others.emplace_back(run);
  run();
  others.clear();
  return best;
}

double gflops(const Crew& crew) {
  constexpr std::size_t kRounds = 5'000'000;
  const double flops = kernels::multiply_add_loop(1) * static_cast<double>(kRounds);
  const double seconds = best_seconds(
      crew, [] { return 0; }, [](int) { kernels::multiply_add_loop(kRounds); });
  return crew.threads * flops / seconds * 1e-9;
}

/// GB/s of a loop over arrays that are `bytes` large for all threads together.
double stream(const Crew& crew, double bytes) {
  const auto blocks = static_cast<std::size_t>(bytes / 8 / crew.threads / 256);
  const std::size_t size = 256 * std::max<std::size_t>(1, blocks);
  const int passes = std::max(1, static_cast<int>(256e6 / bytes));
  struct Arrays {
    std::unique_ptr<Buffer> x, y;
  };
  const auto floats = [](const auto& array) { return static_cast<float*>(array->data()); };
  const auto prepare = [&] {
    Arrays own{std::make_unique<Buffer>(4 * size), std::make_unique<Buffer>(4 * size)};
    std::fill_n(floats(own.x), size, 1.F);
    std::fill_n(floats(own.y), size, 1.F);
    return own;
  };
  const double seconds = best_seconds(crew, prepare, [&](const Arrays& own) {
    for (int i = 0; i < passes; ++i) kernels::scale_loop(floats(own.x), floats(own.y), size);
  });
  return 8e-9 * static_cast<double>(size) * crew.threads * passes / seconds;
}

}  // namespace

double Peak::bandwidth(double bytes) const {
  const auto holds = std::find_if(streams.begin(), streams.end(),
                                  [&](const Stream& stream) { return stream.bytes >= bytes; });
  return holds == streams.end() ? streams.back().rate : holds->rate;
}

double Peak::least_seconds(const Cost& cost) const {
  return 1e-9 * std::max(cost.flops / gflops, cost.bytes / bandwidth(cost.bytes));
}

Peak measure_peak(int threads, int tries) {
  const Crew crew{threads, tries};
  Peak peak{gflops(crew), {}};
  for (const double bytes : {0x1p19, 0x1p22, 0x1p24, 0x1p26, 0x1p28}) {
    peak.streams.push_back({bytes, stream(crew, bytes)});
  }
  return peak;
}

}  // namespace linseed
