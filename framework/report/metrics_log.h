// What a run measures, written line by line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/report/metrics.h>

namespace linseed {

class AppendFile;

struct MetricsLogOptions {
  std::string config = {};  // the settings of the run: a JSON object, or nothing
  /// The step of the checkpoint that the run goes on from; none: all records stay.
  std::optional<std::int64_t> restored_step;
};

/// A file of JSON lines, for plots and reports; read_metrics reads it. First what is run on what,
/// then the records:
///   {"run":{"time":1732646300.5,"config":{"rate":0.1},"version":"0.1.0","compiler":"g++ 12.2.0",
///           "cpu":"…","instruction_set":"AVX2","threads":2}}        (on one line)
///   {"step":120,"time":1732646400.25,"loss":0.4321,"rate":0.1}
/// Numbers are written in the shortest digits that name them. JSON has no NaN, so what is not
/// finite is the text "NaN", "Infinity" or "-Infinity" (as Protocol Buffers map to JSON).
///
/// Each line goes to the system as it is appended: a program that crashes loses none, a machine
/// that does may lose the last ones. A last line that is torn is cut when the log is opened.
///
///   MetricsLog log("runs/cnn/metrics.jsonl",
///                  {.config = R"({"rate":0.1})", .restored_step = step});
///   log.append(step, {{"loss", loss}, {"accuracy", 0.93}});
///
/// A run that goes on adds a "run" of its own, and from a checkpoint of step N takes the steps
/// after N once more. Records that are later than N are of a future that the restored state does
/// not know: kept, they would give some steps two values, and, where the run was changed before it
/// goes on, mix two runs in one curve. So they are dropped, and runs that are left without any
/// record. The file is shortened and not written anew, which cannot lose the rest.
class MetricsLog {
 public:
  /// Opens `path`, or makes it and the directories on its way. IoError if the system refuses, or
  /// another log writes to the file; InvalidArgument for a config that is no JSON object; otherwise
  /// as read_metrics.
  explicit MetricsLog(const std::filesystem::path& path, const MetricsLogOptions& options = {});
  MetricsLog(MetricsLog&&) noexcept;
  MetricsLog& operator=(MetricsLog&&) noexcept;
  ~MetricsLog();

  /// Appends a record with the current time. Evaluates tensors. InvalidArgument for a step that is
  /// negative or less than that of the record before (equal is fine), for a value that is no
  /// scalar, and for a name that is empty, given twice, "step" or "time", or no UTF-8. IoError if
  /// the system refuses; the log is as it was then.
  void append(std::int64_t step, const std::vector<std::pair<std::string, Scalar>>& values);

  const std::filesystem::path& path() const;
  /// The step of the last record; none if there is none.
  std::optional<std::int64_t> last_step() const { return last_step_; }

 private:
  std::unique_ptr<AppendFile> file_;
  std::optional<std::int64_t> last_step_;
};

}  // namespace linseed
