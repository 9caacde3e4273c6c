// What the machine can do at best, measured: multiply-adds and memory traffic.
#pragma once

#include <vector>

#include <linseed/framework/graph/cost.h>

namespace linseed {

/// Of all threads together, in the instruction set in use.
struct Peak {
  /// GB/s of y = a x where x and y have so many bytes together; both are counted once.
  struct Stream {
    double bytes;
    double rate;
  };

  double gflops = 0;
  std::vector<Stream> streams;  // the smallest working set first

  /// GB/s of a step that reads and writes so many bytes: where they fit.
  double bandwidth(double bytes) const;
  /// The seconds that a step takes at least: its multiply-adds or its traffic, whichever is longer.
  double least_seconds(const Cost& cost) const;
};

/// Keeps `threads` threads busy for about tries · 0.1 s, and takes the best of the tries.
Peak measure_peak(int threads, int tries);

}  // namespace linseed
