#include <linseed/framework/command/complete.h>

#include <algorithm>
#include <iterator>

#include <CLI/CLI.hpp>

namespace linseed::command {
namespace {

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back('-' + name);
  }
  return names;
}

}  // namespace

std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const auto last = words.end() - 1;
  if (std::find(words.begin(), last, "--") != last) return {};  // of another program
  const CLI::App* command = nullptr;
  const auto first = std::find_if(words.begin(), last,
                                  [](const std::string& word) { return !word.starts_with('-'); });
  for (const CLI::App* each : subcommands_of(app)) {
    if (first != last && *first == each->get_name()) command = each;
  }
  std::vector<std::string> candidates;
  if (last->starts_with('-')) {
    candidates = options_of(command != nullptr ? *command : app);
  } else if (command == nullptr) {
    for (const CLI::App* each : subcommands_of(app)) candidates.push_back(each->get_name());
  }
  std::erase_if(candidates, [&](const std::string& each) { return !each.starts_with(*last); });
  return candidates;
}

}  // namespace linseed::command
