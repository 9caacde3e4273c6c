// The command, run on what a training program saves.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <linseed/framework/command/command.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/tests/support/batch_norm_run.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {

/// What a command line did: its exit code and what it printed.
struct Outcome {
  int exit;
  std::string out, err;
};

/// Runs `linseed WORDS…` in this process.
Outcome linseed(const std::vector<std::string>& words);

}  // namespace linseed::test
