#include <linseed/framework/report/metrics_log.h>

#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/file_bytes_internal.h>
#include <linseed/framework/report/append_file_internal.h>
#include <linseed/framework/report/clock_internal.h>
#include <linseed/framework/report/metrics_lines_internal.h>
#include <linseed/framework/report/this_run_internal.h>

namespace linseed {
namespace {

double value_of(const Scalar& scalar) {
  return scalar.is_tensor() ? scalar.tensor().item<double>() : scalar.number();
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, const MetricsLogOptions& options) {
  const std::string run = line_of(this_run(options.config.empty() ? "{}" : options.config));
  file_ = std::make_unique<AppendFile>(path);
  const MetricsLines lines = parse_lines(data::read_file_bytes(path), path.string());
  const std::vector<MetricsRecord>& records = lines.metrics.records;
  const auto later = std::ranges::find_if(records, [&](const MetricsRecord& record) {
    return options.restored_step && record.step > *options.restored_step;
  });
  const auto kept = static_cast<std::size_t>(later - records.begin());
  file_->cut(kept == 0 ? 0 : lines.ends[kept - 1]);
  if (kept > 0) last_step_ = records[kept - 1].step;
  file_->append(run);
}

MetricsLog::MetricsLog(MetricsLog&&) noexcept = default;
MetricsLog& MetricsLog::operator=(MetricsLog&&) noexcept = default;
MetricsLog::~MetricsLog() = default;

const std::filesystem::path& MetricsLog::path() const { return file_->path(); }

void MetricsLog::append(std::int64_t step,
                        const std::vector<std::pair<std::string, Scalar>>& values) {
  if (step < 0) throw InvalidArgument("metrics: step {} is negative", step);
  if (last_step_ && step < *last_step_) {
    // A new run in the directory of an old one, or one that was restored without saying so here.
    throw InvalidArgument(
        "metrics: step {} after step {} in '{}'; give the step that was restored when the log is "
        "opened, or another path",
        step, *last_step_, path().string());
  }
  MetricsRecord record{step, wall_seconds(), {}};
  for (const auto& [name, value] : values) record.values.emplace_back(name, value_of(value));
  file_->append(line_of(record));
  last_step_ = step;
}

}  // namespace linseed
