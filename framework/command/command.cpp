#include <linseed/framework/command/command.h>

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <linseed/framework/command/complete.h>
#include <linseed/framework/command/help.h>

namespace linseed::command {
namespace {

constexpr std::string_view kFooter =
    R"(Examples:
  linseed inspect runs/mnist
  linseed diff runs/a runs/b
  linseed report runs/mnist
  linseed inspect --help

Exit codes, the same for all subcommands:
  0  healthy, the same, done
  1  findings, differences, images that were refused
  2  the command line is wrong
  3  a file is missing or damaged, the system refused, a program failed, or what
     is asked for cannot be done
)";

int parse_failed(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? kYes : kUsage;  // 0: help or the version was asked for
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Action& action) {
  auto app = std::make_unique<CLI::App>("Looks at the checkpoints of linseed, and works on them.",
                                        "linseed");
  app->set_help_flag("-h,--help", "print this help and exit");
  app->set_version_flag("--version", "linseed " LINSEED_VERSION, "print the version and exit");
  app->require_subcommand(1);
  app->footer(std::string(kFooter));
  app->formatter(std::make_shared<HelpFormatter>());
  add_inspect(*app, action);
  add_diff(*app, action);
  add_predict(*app, action);
  add_recalibrate(*app, action);
  add_report(*app, action);
  add_verify_resume(*app, action);
  return app;
}

int run(int argc, const char* const* argv) {
  Action action;
  const auto app = make_app(action);
  if (argc > 1 && std::string_view(argv[1]) == "--complete") {  // completion.bash asks
    for (const auto& each : completions(*app, {argv + 2, argv + argc})) fmt::print("{}\n", each);
    return kYes;
  }
  try {
    app->parse(argc, argv);
    const int exit = action();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw IoError("standard output cannot be written: {}", std::strerror(errno));
    }
    return exit;
  } catch (const CLI::ParseError& error) {
    return parse_failed(*app, error);
  } catch (const UsageError& error) {
    fmt::print(stderr, "linseed: {}\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "linseed: {}\n", error.what());
    return kFailed;
  }
}

void add_prefix(CLI::App& subcommand, std::string& prefix) {
  subcommand.add_option("--prefix", prefix, "what a run's checkpoints are called, before the step")
      ->check(CLI::Validator(
          [](const std::string& given) {
            return given.find('/') == given.npos ? "" : "names of files have no '/'";
          },
          ""))
      ->capture_default_str();
}

void add_momentum(CLI::App& subcommand, double& momentum) {
  subcommand.add_option("--momentum", momentum, "of the running averages")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
}

std::string footer(std::string_view examples, std::string_view yes, std::string_view no,
                   std::string_view also) {
  std::string text = "Examples:\n";
  while (!examples.empty()) {
    const std::size_t end = std::min(examples.find('\n'), examples.size());
    text += fmt::format("  {}\n", examples.substr(0, end));
    examples.remove_prefix(std::min(end + 1, examples.size()));
  }
  return text +
         fmt::format(
             "\nExit codes:\n  0  {}\n  1  {}\n  2  the command line is wrong\n  3  a file is "
             "missing or damaged, the system refused{}, or it cannot be done\n",
             yes, no, also);
}

std::string Paint::paint(std::string_view code, std::string_view text) const {
  if (!colours || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

bool is_terminal(std::FILE* file) {
  const char* kind = std::getenv("TERM");
  return isatty(fileno(file)) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::string shown(std::string_view given) {
  std::string text;
  for (const char c : given) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text.empty() ? "\"\"" : text;
}

std::string to_text(const Table& table, const Paint& paint) {
  const std::string text = table.text();
  const std::size_t titles = text.find('\n');
  return paint.faint(text.substr(0, titles)) + text.substr(titles);
}

void print_json(const nlohmann::ordered_json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Paint paint_for(std::FILE* file) {
  const char* refused = std::getenv("NO_COLOR");
  return {.colours = is_terminal(file) && (refused == nullptr || *refused == '\0')};
}

}  // namespace linseed::command
