#include <linseed/framework/command/resume_check.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include <linseed/framework/command/command.h>
#include <linseed/framework/command/program.h>
#include <linseed/framework/core/error.h>

namespace linseed::command {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlaceholders[] = {"{dir}", "{steps}", "{resume}"};

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return words;
}

void check(const ResumeOptions& options) {
  if (options.steps < 1) {
    throw UsageError("verify-resume: steps is {}; at least 1 is needed", options.steps);
  }
  for (const std::string_view placeholder : kPlaceholders) {
    if (placeholder == "{resume}" && options.resume_flag.empty()) continue;  // it resumes by itself
    const bool is_there = std::any_of(
        options.words.begin(), options.words.end(),
        [&](const std::string& word) { return word.find(placeholder) != std::string::npos; });
    if (!is_there) {
      throw UsageError(
          "verify-resume: the command has no {0}; write it where the program takes {1}",
          placeholder,
          placeholder == "{dir}"     ? "its run directory"
          : placeholder == "{steps}" ? "the number of steps"
                                     : "the flag to resume, or pass --resume-flag ''");
    }
  }
}

/// The end of what a program printed.
std::string last_words(const fs::path& log) {
  std::ifstream file(log, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  constexpr std::size_t kMost = 2000;
  const std::string end = text.size() > kMost ? "…" + text.substr(text.size() - kMost) : text;
  return end.empty() ? "" : "; it printed:\n" + end;
}

/// One program, run several times.
class Runs {
 public:
  Runs(const ResumeOptions& options, const fs::path& folder,
       const std::function<void(const std::string&)>& say)
      : options_(options), folder_(folder), say_(say) {}

  /// Runs the program in the folder `name` and opens the newest checkpoint there.
  CheckpointFile run(const std::string& name, std::int64_t steps, bool resume,
                     const std::string& what) {
    say_(what);
    const fs::path directory = folder_ / name;
    const fs::path log =
        options_.verbose ? "" : folder_ / fmt::format("{}{}.log", name, resume ? "_again" : "");
    fs::create_directories(directory);
    const std::vector<std::string> words =
        filled_in(options_.words, directory, steps, resume ? options_.resume_flag : "");
    const std::string ended = run_program(words, log);
    if (!ended.empty()) {
      throw IoError("the program failed with {}: {}{}", ended, fmt::join(words, " "),
                    last_words(log));
    }
    try {
      return read_checkpoint(directory, options_.prefix);
    } catch (const IoError& error) {
      throw IoError("the program ended, but {}: {}{}", error.what(), fmt::join(words, " "),
                    last_words(log));
    }
  }

 private:
  const ResumeOptions& options_;
  const fs::path& folder_;
  const std::function<void(const std::string&)>& say_;
};

/// What is amiss with the number of steps; empty if nothing is.
std::string misled(const CheckpointFile& whole, const CheckpointFile& half,
                   const CheckpointFile& resumed) {
  if (half.step == whole.step) {
    return fmt::format("N steps end at step {}, and so do 2N: {{steps}} does not limit the program",
                       half.step);
  }
  if (resumed.uuid == half.uuid) {
    return fmt::format(
        "the resumed run saved nothing after step {}: if the program counts the steps of earlier "
        "calls, too, pass --count total",
        half.step);
  }
  if (resumed.step == whole.step) return "";
  return fmt::format(
      "2N steps at once end at step {}, N steps at step {}, and resumed at step {}: the run began "
      "anew, or it counts the steps of {} (--count {})",
      whole.step, half.step, resumed.step,
      resumed.step > whole.step ? "this call alone" : "earlier calls, too",
      resumed.step > whole.step ? "call" : "total");
}

}  // namespace

std::vector<std::string> filled_in(const std::vector<std::string>& words, const fs::path& directory,
                                   std::int64_t steps, std::string_view resume) {
  std::vector<std::string> result;
  const auto add = [&](std::string word) {
    replace_all(word, "{steps}", std::to_string(steps));
    replace_all(word, "{dir}", directory.string());
    result.push_back(std::move(word));
  };
  for (std::string word : words) {
    if (word == "{resume}") {
      for (const std::string& each : words_of(resume)) add(each);
      continue;
    }
    replace_all(word, "{resume}", resume);
    add(std::move(word));
  }
  return result;
}

ResumeCheck check_resume(const ResumeOptions& options, const fs::path& folder,
                         const std::function<void(const std::string&)>& say) {
  check(options);
  Runs runs(options, folder, say);
  const std::int64_t n = options.steps;
  const CheckpointFile whole =
      runs.run("whole", 2 * n, false, fmt::format("{} steps at once", 2 * n));
  const CheckpointFile half = runs.run("resumed", n, false, fmt::format("{} steps", n));
  const CheckpointFile resumed = runs.run("resumed", options.counts_all ? 2 * n : n, true,
                                          fmt::format("resumed for {} more", n));
  ResumeCheck result{whole.step, compare(whole.state, resumed.state), {}};
  if (const std::string reason = misled(whole, half, resumed); !reason.empty()) {
    result.causes = {reason};
  } else if (!result.comparison.same()) {
    const CheckpointFile again =
        runs.run("again", n, false, fmt::format("they differ: {} steps once more", n));
    const Comparison repeated = compare(half.state, again.state);
    if (repeated.same()) {
      result.causes = likely_causes(result.comparison, whole.state);
    } else {
      result.causes = {fmt::format(
          "the program does not repeat itself: the first {} steps, run twice, differ ({}); look "
          "for a seed that is taken from the clock",
          n, verdict(repeated))};
    }
  }
  return result;
}

}  // namespace linseed::command
