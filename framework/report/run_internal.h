// What a run has left in its directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/report/metrics.h>

namespace linseed::page {

using Json = nlohmann::ordered_json;

struct Run {
  std::string name;  // of the directory
  std::optional<Metrics> metrics;
  std::optional<CheckpointFile> checkpoint;
  std::vector<std::string> troubles;  // why something that is there is not above

  /// Null if there is no checkpoint or it has no such function.
  const Exported* predict() const;
};

/// Reads what is in `directory`: metrics.jsonl, and the checkpoint of `step`, or the newest, whose
/// name begins with `prefix`. Errors as of report_page.
Run read_run(const std::filesystem::path& directory, std::optional<std::int64_t> step,
             const std::string& prefix);

/// The settings of a run: those of its last program, and those of its checkpoint that it does not
/// have. Null if there are none. What is nested deeper than 8 containers is left out.
Json settings_of(const Run& run);

}  // namespace linseed::page
