// What the subcommands of `linseed` share.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/plan/table_internal.h>

namespace CLI {
class App;
}

namespace linseed::command {

/// Exit codes; the same for all subcommands.
enum Exit : int {
  kYes = 0,     // healthy, the same, done
  kNo = 1,      // findings, differences, images that were refused
  kUsage = 2,   // the command line is wrong
  kFailed = 3,  // a file is missing or damaged, the system refused, a program failed; impossible
};

/// What a parsed command line is to do; returns an Exit.
using Action = std::function<int()>;

/// The command line with all subcommands. Parsing one sets `action`, which must outlive the result.
std::unique_ptr<CLI::App> make_app(Action& action);

/// Runs a command line as main does, and returns its Exit.
int run(int argc, const char* const* argv);

// One file each: adds a subcommand whose parsing sets `action`.
void add_diff(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_recalibrate(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_verify_resume(CLI::App& app, Action& action);

/// The command line asks for what cannot be: Exit kUsage. All other errors are kFailed.
class UsageError final : public Error {
 public:
  template <class... Args>
  explicit UsageError(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// The option --prefix, of the names of a run's checkpoints.
void add_prefix(CLI::App& subcommand, std::string& prefix);

/// The option --momentum, of BatchNorm's running averages.
void add_momentum(CLI::App& subcommand, double& momentum);

/// The text below a subcommand's options: examples, one a line, and what its exit codes mean;
/// `also` is a further reason for 3.
std::string footer(std::string_view examples, std::string_view yes, std::string_view no,
                   std::string_view also = "");

/// How text is painted.
struct Paint {
  bool colours = false;

  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string good(std::string_view text) const { return paint("32", text); }
  std::string bad(std::string_view text) const { return paint("31", text); }
  std::string faint(std::string_view text) const { return paint("2", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const;
};

/// Colours if `file` is a terminal that has them and NO_COLOR (https://no-color.org) is not set.
Paint paint_for(std::FILE* file);

/// True if `file` is a terminal that can rewrite a line.
bool is_terminal(std::FILE* file);

/// A text of a file, with what would not show or would upset a terminal made visible.
std::string shown(std::string_view text);

/// Lines, the first of which, the titles, is faint.
std::string to_text(const Table& table, const Paint& paint);

/// On standard output. What is no UTF-8 becomes U+FFFD.
void print_json(const nlohmann::ordered_json& json);

}  // namespace linseed::command
