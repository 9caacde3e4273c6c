// What ran when, and how fast: a file that Perfetto opens, and the times that explain prints.
#pragma once

#include <cstddef>
#include <filesystem>

namespace linseed {

struct ProfileOptions {
  /// So many events are written, about 300 bytes each. Then the file says that it ends here, and a
  /// line on standard error does; times for explain are taken on.
  std::size_t most_events = 500'000;
};

/// From here to stop_profile, every step of every plan is timed: for explain, and, if `file` is
/// given, as events of a trace in Chrome's format (JSON), which https://ui.perfetto.dev and
/// chrome://tracing open. A profile that is on already ends first; a file that exists is written
/// over. IoError if it cannot be written.
///
/// There is a track for each thread. On that of the caller lie the calls ("jit call", "evaluate",
/// "jit compile": the trace and its plan), in them the "run" of a plan, in that its steps, and in a
/// step the steps of the programs it runs. Of a step's loop that is spread over threads, each part
/// lies on the thread that did it; so gaps are threads that had nothing to do. Of a step one reads:
///
///   convolution  613 us
///     step 1 of 8, module /Conv_0
///     inputs [128,28,28,1] float32, [3,3,1,32] float32; outputs [128,28,28,32] float32
///     flops 55083008, bytes 13247616, GF/s 89.86, GB/s 21.61
///
/// FLOPs and bytes are those of explain. Replicas are named; what they do together is one event.
///
/// The environment's LINSEED_PROFILE=trace.json starts a profile at the first evaluation, and
/// LINSEED_PROFILE_EVENTS is its most_events. The file is whole after each call, however the
/// program ends. For the whole process; results have the same bits on or off, and off it costs
/// nothing.
void start_profile(const std::filesystem::path& file = {}, ProfileOptions options = {});
void stop_profile();

}  // namespace linseed
