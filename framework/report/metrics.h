// What runs have measured, as it is on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace linseed {

/// Values at a step of a run.
struct MetricsRecord {
  std::int64_t step = 0;
  double time = 0;  // when it was appended, in seconds since 1970 (UTC)
  std::vector<std::pair<std::string, double>> values;
};

/// What was set, and what computes: one program, from when it opens the log.
struct MetricsRun {
  double time = 0;              // when it opened the log, in seconds since 1970 (UTC)
  std::string config;           // what the user has set: a JSON object, at most 8 deep
  std::string version;          // of linseed
  std::string compiler;         // of linseed: "g++ 12.2.0"
  std::string cpu;              // "AMD EPYC 7763 64-Core Processor"
  std::string instruction_set;  // that kernels use: "AVX2"
  int threads = 0;
  std::size_t first_record = 0;  // of its records: where they begin among all
};

/// A log: records in the order of their steps, by one program or by several in turn, each of which
/// went on where the one before it had come to.
struct Metrics {
  std::vector<MetricsRun> runs;
  std::vector<MetricsRecord> records;
};

/// All of a log, also while it is being written: a torn last line is left out. IoError if it cannot
/// be read; DataCorruption, with its number, for a line other than the last that is neither record
/// nor run, or whose step is before the last one's, and for a file of something else. The format is
/// that of MetricsLog.
Metrics read_metrics(const std::filesystem::path& path);

struct MetricsPoint {
  std::int64_t step = 0;
  double value = 0;
  double seconds = 0;  // see below
};

struct MetricsCurve {
  std::string name;
  std::vector<MetricsPoint> points;
};

/// For each record: seconds since the log was first opened, without the time between its programs.
std::vector<double> elapsed_seconds(const Metrics& metrics);

/// The values of each name, the names in the order in which they come up.
std::vector<MetricsCurve> curves(const Metrics& metrics);

/// The same as tables in an HDF5 file, written whole or not at all in place of what is there, for
/// programs that read columns:
///   /state/records/{step, time}             [records]
///   /state/values/<name>/{record, value}    [records that have it]; `record` counts from 0
///   /state/runs/first_record                [runs]
///   /state/runs/lines                       [bytes], as they are in the log
/// A '/' in a name is written %2F, as in checkpoints. InvalidArgument for names that are empty or
/// given twice in a record; IoError.
///   write_metrics_tables("runs/cnn/metrics.h5", read_metrics("runs/cnn/metrics.jsonl"));
void write_metrics_tables(const std::filesystem::path& path, const Metrics& metrics);

/// Those metrics, the values of each record in the order in which names came up first. IoError if
/// there is no such file, DataCorruption if it is not what was written.
Metrics read_metrics_tables(const std::filesystem::path& path);

}  // namespace linseed
