#include "support/checkpoints.h"

#include <cmath>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>

namespace example {

using linseed::InvalidArgument;

void check_run(const RunOptions& options, const std::string& config) {
  const auto latest = linseed::latest_step(options.run_dir);
  if (!options.resume) {
    if (!latest) return;
    throw InvalidArgument(
        "{} already holds a run (step {}): go on with --resume, or name another "
        "--run-dir",
        options.run_dir.string(), *latest);
  }
  const std::string saved = linseed::checkpoint_config(options.run_dir);
  if (saved != config) {
    throw InvalidArgument(
        "--resume: {} was trained with {}, now asked for is {}; give the same "
        "options and, where \"images\" or \"classes\" differ, the same data",
        options.run_dir.string(), saved, config);
  }
}

void check_finite(const std::vector<linseed::tree::NamedLeaf>& leaves) {
  for (const auto& leaf : leaves) {
    if (!linseed::is_floating(leaf.tensor.dtype())) continue;
    if (!linseed::all(linseed::is_finite(leaf.tensor)).item<bool>()) {
      throw InvalidArgument(
          "{} has values that are not finite; the state is not saved, the last "
          "checkpoint is kept; try a lower --learning-rate",
          leaf.path());
    }
  }
}

double finite_loss(const linseed::Tensor& loss, const linseed::Tensor& step,
                   const std::filesystem::path& last_good) {
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw InvalidArgument(
        "the loss is {} at step {}; the last good checkpoint is {}; try a lower "
        "--learning-rate",
        value, step, last_good.string());
  }
  return value;
}

int stopped(const InterruptGuard& interrupt, const std::filesystem::path& checkpoint) {
  fmt::print("stopped; {} is saved: go on with --resume\n", checkpoint.string());
  return interrupt.exit_code();
}

}  // namespace example
