#include "peak.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <hwy/aligned_allocator.h>

#include "peak_loops.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kTries = 15;

/// The shortest time in which all threads do `body` at once; each prepares with `prepare` first.
template <class Prepare, class Body>
double best_seconds(int threads, const Prepare& prepare, const Body& body) {
  double best = 1e30;
  Clock::time_point start;
  const auto begin = [&]() noexcept { start = Clock::now(); };
  const auto end = [&]() noexcept {
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  };
  std::barrier<decltype(begin)> starts(threads, begin);
  std::barrier<decltype(end)> ends(threads, end);
  const auto run = [&] {
    auto own = prepare();
    for (int i = 0; i < kTries; ++i) {
      starts.arrive_and_wait();
      body(own);
      ends.arrive_and_wait();
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(run);
  run();
  others.clear();
  return best;
}

double gflops(int threads) {
  constexpr std::size_t kRounds = 5'000'000;
  const double flops = fma_loop(1) * static_cast<double>(kRounds);
  const double seconds = best_seconds(
      threads, [] { return 0; }, [](int) { fma_loop(kRounds); });
  return threads * flops / seconds * 1e-9;
}

struct Arrays {
  hwy::AlignedFreeUniquePtr<float[]> x, y, z;
};

/// GB/s of a loop that passes over `arrays` arrays which are `bytes` large for all threads
/// together.
double stream(int threads, double bytes, int arrays,
              const std::function<void(const Arrays&, std::size_t)>& loop) {
  const auto size = static_cast<std::size_t>(bytes / 4 / arrays / threads) / 256 * 256;
  const int passes = std::max(1, static_cast<int>(256e6 / bytes));
  const auto prepare = [&] {
    Arrays own{hwy::AllocateAligned<float>(size), hwy::AllocateAligned<float>(size),
               hwy::AllocateAligned<float>(size)};
    for (float* array : {own.x.get(), own.y.get(), own.z.get()}) std::fill_n(array, size, 1.f);
    return own;
  };
  const double seconds = best_seconds(threads, prepare, [&](const Arrays& own) {
    for (int i = 0; i < passes; ++i) loop(own, size);
  });
  return 4e-9 * static_cast<double>(size) * arrays * threads * passes / seconds;
}

}  // namespace

nlohmann::json measure_peak(int threads) {
  nlohmann::json streams = nlohmann::json::array();
  for (const double bytes : {0x1p19, 0x1p22, 0x1p24, 0x1p26, 0x1p28}) {
    const auto read = [](const Arrays& a, std::size_t n) { read_loop(a.x.get(), n); };
    const auto scale = [](const Arrays& a, std::size_t n) { scale_loop(a.x.get(), a.y.get(), n); };
    const auto triad = [](const Arrays& a, std::size_t n) {
      triad_loop(a.x.get(), a.y.get(), a.z.get(), n);
    };
    streams.push_back({{"bytes", bytes},
                       {"read", stream(threads, bytes, 1, read)},
                       {"scale", stream(threads, bytes, 2, scale)},
                       {"triad", stream(threads, bytes, 3, triad)}});
  }
  return {{"instructions", instruction_set()},
          {"threads", threads},
          {"gflops", gflops(threads)},
          {"stream", streams}};
}

}  // namespace bench
