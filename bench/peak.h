// What the machine can do at best, measured: multiply-adds and memory traffic.
#pragma once

#include <nlohmann/json.hpp>

namespace bench {

/// {"instructions": "AVX2", "threads": n, "gflops": …, "stream": [{"bytes": working set,
/// "read": GB/s, "scale": …, "triad": …}, …]} of `threads` threads together, the best of several
/// tries. Bytes are counted as the loops read and write them.
nlohmann::json measure_peak(int threads);

}  // namespace bench
