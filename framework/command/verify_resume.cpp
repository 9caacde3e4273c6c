// `linseed verify-resume`: 2N steps against N, save, restore, N.
#include <stdlib.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/command/diff.h>
#include <linseed/framework/command/resume_check.h>
#include <linseed/framework/core/error.h>

namespace linseed::command {
namespace {

namespace fs = std::filesystem;

/// A new folder, removed at the end unless it is to be kept.
class Folder {
 public:
  explicit Folder(bool keep) : keep_(keep) {
    std::string name = (fs::temp_directory_path() / "linseed-resume-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw IoError("cannot make the folder '{}': {}", name, std::strerror(errno));
    }
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool keep_;
};

struct Options {
  ResumeOptions resume;
  std::string count = "call";
  bool keep = false;
  std::size_t top = 10;
};

/// Prints what is being done, and how long it took.
class Narrator {
 public:
  void operator()(const std::string& what) {
    end();
    fmt::print("{}  {} … ", ++number_, what);
    std::fflush(stdout);
    began_ = Clock::now();
  }
  void end() {
    if (number_ == 0 || ended_ == number_) return;
    ended_ = number_;
    fmt::print("{:.1f} s\n", std::chrono::duration<double>(Clock::now() - began_).count());
  }

 private:
  using Clock = std::chrono::steady_clock;

  int number_ = 0, ended_ = 0;
  Clock::time_point began_;
};

int verify_resume(const Options& options) {
  const Folder folder(options.keep);
  const Paint paint = paint_for(stdout);
  if (options.keep) fmt::print("folder {}\n", folder.path().string());
  Narrator narrator;
  const ResumeCheck check = check_resume(options.resume, folder.path(), std::ref(narrator));
  narrator.end();
  if (check.passes()) {
    fmt::print("{}\n", paint.good(fmt::format("step {}: {}; stopped and resumed, or never stopped",
                                              check.step, verdict(check.comparison))));
    return kYes;
  }
  const std::string changes = changes_text(check.comparison, options.top, paint);
  if (!changes.empty()) fmt::print("\nA: at once, B: stopped and resumed\n{}\n", changes);
  fmt::print("{}\n", paint.bad(verdict(check.comparison)));
  fmt::print("{}\n", check.causes.size() == 1 ? "cause:" : "likely causes:");
  for (const std::string& cause : check.causes) fmt::print("  {}\n", cause);
  return kNo;
}

}  // namespace

void add_verify_resume(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify-resume", "Whether a training program that is stopped and resumed ends the same.");
  ResumeOptions& resume = options->resume;
  command
      ->add_option("COMMAND", resume.words,
                   "the program and its arguments, after --, with {dir} for its run directory, "
                   "{steps} for the steps to make, {resume} where --resume goes the third time")
      ->required();
  command->add_option("--steps", resume.steps, "N")->required()->check(CLI::PositiveNumber);
  command
      ->add_option("--count", options->count,
                   "what {steps} counts: call, the steps of this call, or total, those of the run")
      ->check(CLI::IsMember({"call", "total"}))
      ->capture_default_str();
  command
      ->add_option("--resume-flag", resume.resume_flag,
                   "what {resume} becomes; may have {dir} in it; '' for a program that resumes by "
                   "itself")
      ->capture_default_str();
  add_prefix(*command, resume.prefix);
  command->add_option("--top", options->top, "tensors to show, those that differ most; 0: all")
      ->capture_default_str();
  command->add_flag("--keep", options->keep, "keep the folders, and say where they are");
  command->add_flag("--verbose", resume.verbose, "show what the program prints");
  command->footer(
      "Runs it for 2N steps; for N; and the latter resumed for N more, each in a fresh folder, "
      "and\n"
      "compares the last checkpoints bit by bit.\n\n" +
      footer("linseed verify-resume --steps 50 -- ./train --run-dir {dir} --max-steps {steps} "
             "{resume}\n"
             "linseed verify-resume --steps 50 --count total --resume-flag '--from {dir}' \\\n"
             "    -- ./train --out {dir} --until {steps} {resume}",
             "the same bits", "other bits; what differs and likely causes are printed",
             ", the program failed"));
  command->callback([options, &action] {
    options->resume.counts_all = options->count == "total";
    action = [options] { return verify_resume(*options); };
  });
}

}  // namespace linseed::command
