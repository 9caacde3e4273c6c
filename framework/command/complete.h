// Completion of command lines: what may stand where the cursor is.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace linseed::command {

/// The subcommands or options of `app` that the last of `words` may become: the words of a command
/// line behind the program's name. Nothing where a file or a value is to stand.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace linseed::command
