// What a run measured, line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

class AppendFile;

/// Values at a step of a run.
struct MetricsRecord {
  std::int64_t step = 0;
  double time = 0;  // when it was appended, in seconds since 1970 (UTC)
  std::vector<std::pair<std::string, double>> values;
};

/// A file of JSON lines, one for each record, for plots and for the next run:
///   {"step":120,"time":1732646400.25,"loss":0.4321,"rate":0.1}
/// Numbers are written in the shortest digits that name them. JSON has no NaN, so what is not
/// finite is the text "NaN", "Infinity" or "-Infinity" (as Protocol Buffers map to JSON).
///
/// Each line goes to the system as it is appended: a program that crashes loses none, a machine
/// that does may lose the last ones. A last line that is torn is cut when the log is opened.
///
///   MetricsLog log("runs/cnn/metrics.jsonl", restored_step);   // none: all lines stay
///   log.append(step, {{"loss", loss}, {"accuracy", 0.93}});
///
/// A run that goes on from a checkpoint of step N takes the steps after N once more. Lines that are
/// later than N are of a future that the restored state does not know: kept, they would give some
/// steps two values, and, where the run was changed before it goes on, mix two runs in one curve.
/// So they are dropped. Their file is shortened and not written anew, which cannot lose the rest.
class MetricsLog {
 public:
  /// Opens `path`, or makes it and the directories on its way. IoError if the system refuses,
  /// DataCorruption, with its number, for a line other than the last that is no record.
  explicit MetricsLog(const std::filesystem::path& path,
                      std::optional<std::int64_t> restored_step = {});
  MetricsLog(MetricsLog&&) noexcept;
  MetricsLog& operator=(MetricsLog&&) noexcept;
  ~MetricsLog();

  /// Appends a line with the current time. Evaluates tensors. InvalidArgument for a step that is
  /// negative or less than that of the line before (equal is fine), for a value that is no scalar,
  /// and for a name that is empty, given twice, "step" or "time", or no UTF-8. IoError if the
  /// system refuses; the log is as it was then.
  void append(std::int64_t step, const std::vector<std::pair<std::string, Scalar>>& values);

  const std::filesystem::path& path() const;
  /// The step of the last line; none if there is no line.
  std::optional<std::int64_t> last_step() const { return last_step_; }

 private:
  std::unique_ptr<AppendFile> file_;
  std::optional<std::int64_t> last_step_;
};

/// All records of a log; a torn last line is left out. Errors as of MetricsLog.
std::vector<MetricsRecord> read_metrics(const std::filesystem::path& path);

/// The same as tables in an HDF5 file, written whole or not at all in place of what is there:
///   /state/records/{step, time}             [records]
///   /state/values/<name>/{record, value}    [records that have it]; `record` counts from 0
/// A '/' in a name is written %2F, as in checkpoints. InvalidArgument for names that are empty or
/// given twice in a record; IoError.
void write_metrics_tables(const std::filesystem::path& path,
                          const std::vector<MetricsRecord>& records);

/// Those records, the values of each in the order in which names came up first. IoError if there is
/// no such file, DataCorruption if it is not what was written.
std::vector<MetricsRecord> read_metrics_tables(const std::filesystem::path& path);

}  // namespace linseed
