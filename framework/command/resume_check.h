// Does a training program that was stopped and resumed end with the same bits as one that was not?
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/command/comparison.h>
#include <linseed/framework/io/checkpoint_file.h>

namespace linseed::command {

struct ResumeOptions {
  /// The program and its arguments, with {dir}, {steps} and {resume} in them.
  std::vector<std::string> words;
  std::int64_t steps = 0;   // N
  bool counts_all = false;  // {steps} counts those of earlier calls, too
  std::string resume_flag = "--resume";
  std::string prefix = "checkpoint_";
  bool verbose = false;  // the program prints where we do
};

/// `words` with the run directory and the steps in place of {dir} and {steps}. {resume} becomes
/// `resume`; a word that is nothing else becomes one for each word of it, or none.
std::vector<std::string> filled_in(const std::vector<std::string>& words,
                                   const std::filesystem::path& directory, std::int64_t steps,
                                   std::string_view resume);

struct ResumeCheck {
  std::int64_t step = 0;            // that the uninterrupted run ended at
  Comparison comparison;            // A: 2N steps at once, B: N, then N more
  std::vector<std::string> causes;  // if they differ: likely ones, the likeliest first

  bool passes() const { return causes.empty() && comparison.same(); }
};

/// Runs the program in folders below `folder`: 2N steps; N steps; the latter resumed for N more;
/// and compares the newest checkpoints. If they differ, N steps once more: a program whose bits are
/// others at each run cannot be resumed to the same ones. `say` hears what is being done.
/// InvalidArgument for steps < 1 or words without the placeholders; IoError if the program cannot
/// be started, fails, or saves nothing: the message ends with what it printed last.
ResumeCheck check_resume(const ResumeOptions& options, const std::filesystem::path& folder,
                         const std::function<void(const std::string&)>& say);

/// What may be amiss, judging by what differs and by what the state lacks.
std::vector<std::string> likely_causes(const Comparison& comparison, const io::State& state);

}  // namespace linseed::command
