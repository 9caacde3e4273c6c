// Running a program of somebody else.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace linseed::command {

/// Runs a program, found as a shell would find it, until it ends; its standard input is empty. What
/// it prints goes to the file `log`, or, if that is empty, where this process prints. Ctrl-C goes
/// to the program alone. Returns "" if it ended with 0, else how it ended: "exit code 3", "signal 9
/// (Killed)". IoError if it cannot be started.
std::string run_program(const std::vector<std::string>& words, const std::filesystem::path& log);

}  // namespace linseed::command
