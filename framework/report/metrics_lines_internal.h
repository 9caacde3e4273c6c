// Records and runs as lines of JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <linseed/framework/report/metrics.h>

namespace linseed {

/// With its end. InvalidArgument for a name that is empty, given twice, "step" or "time", or no
/// UTF-8.
std::string line_of(const MetricsRecord& record);
/// InvalidArgument if its config is no JSON object, or one nested deeper than 8 containers.
std::string line_of(const MetricsRun& run);

struct MetricsLines {
  Metrics metrics;
  std::vector<std::uintmax_t> ends;  // of the lines of its records, in bytes from the beginning
};

/// The lines of `text`, without a torn last one. DataCorruption, naming `path`, for any other that
/// is neither record nor run, for a step before the last, and for what is no log at all.
MetricsLines parse_lines(const std::string& text, const std::string& path);

}  // namespace linseed
