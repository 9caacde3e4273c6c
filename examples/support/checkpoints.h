// Saving and resuming a training run.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <linseed/framework/io/checkpoint.h>

#include "support/interrupt.h"
#include "support/options.h"

namespace example {

/// InvalidArgument if the run directory holds checkpoints and --resume is not given, or was made
/// with another config; IoError if --resume finds nothing there.
void check_run(const RunOptions& options, const std::string& config);
/// InvalidArgument if an element of these tensors is not finite.
void check_finite(const std::vector<linseed::tree::NamedLeaf>& leaves);

/// The loss as a number; InvalidArgument if it is not finite: it says the step, and which
/// checkpoint was the last good one.
double finite_loss(const linseed::Tensor& loss, const linseed::Tensor& step,
                   const std::filesystem::path& last_good);

/// Saves a state with a member `optimizer`, and functions of it, under the optimizer's step; keeps
/// the newest three. A state already saved is left as it is. InvalidArgument if a number in it is
/// not finite.
template <class Options, class State>
std::filesystem::path save(const Options& options, const State& state,
                           const std::map<std::string, linseed::Exported>& functions = {}) {
  const auto step = state.optimizer.state.step.template item<std::int64_t>();
  if (linseed::latest_step(options.run_dir) == step) {
    return options.run_dir / ("checkpoint_" + std::to_string(step));
  }
  check_finite(linseed::tree::named_leaves(state));
  return linseed::save_checkpoint(options.run_dir, state, step,
                                  {.keep = 3, .config = options.config(), .functions = functions});
}

/// Says that an interrupted run is saved; returns the exit code.
int stopped(const InterruptGuard& interrupt, const std::filesystem::path& checkpoint);

/// The newest state of the run at --resume, otherwise `fresh`.
template <class Options, class State>
State open_run(const Options& options, State fresh) {
  check_run(options, options.config());
  if (!options.resume) return fresh;
  return linseed::restore_checkpoint(options.run_dir, fresh).value;
}

}  // namespace example
