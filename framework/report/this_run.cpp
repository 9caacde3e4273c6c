#include <linseed/framework/report/this_run_internal.h>

#include <sys/utsname.h>

#include <fstream>

#include <fmt/core.h>

#include <linseed/framework/kernels/instruction_set.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/framework/report/clock_internal.h>

namespace linseed {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

/// As Linux has it, of the first processor; where that says no name, as on ARM, the architecture.
std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  utsname system{};
  return uname(&system) == 0 ? system.machine : "unknown";
}

}  // namespace

MetricsRun this_run(std::string config) {
  return {.time = wall_seconds(),
          .config = std::move(config),
          .version = LINSEED_VERSION,
          .compiler = compiler(),
          .cpu = cpu_model(),
          .instruction_set = std::string(kernels::name(kernels::instruction_set())),
          .threads = num_threads()};
}

}  // namespace linseed
