#include <exception>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/report/run_internal.h>
#include <linseed/framework/report/settings_internal.h>

namespace linseed::page {
namespace {

/// Sets `result` to read(); what it throws becomes a trouble, and `first_error` if there is none.
template <class T, class Read>
void try_to(std::optional<T>& result, Run& run, std::exception_ptr& first_error, Read read) {
  try {
    result = read();
  } catch (const Error& error) {
    run.troubles.emplace_back(error.what());
    if (!first_error) first_error = std::current_exception();
  }
}

}  // namespace

const Exported* Run::predict() const {
  if (!checkpoint) return nullptr;
  const auto found = checkpoint->functions.find("predict");
  return found == checkpoint->functions.end() ? nullptr : &found->second;
}

Run read_run(const std::filesystem::path& directory, std::optional<std::int64_t> step,
             const std::string& prefix) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    throw IoError("report: there is no directory '{}'", directory.string());
  }
  Run run;
  run.name = std::filesystem::weakly_canonical(directory).filename().string();
  std::exception_ptr first_error;
  const auto log = directory / "metrics.jsonl";
  if (std::filesystem::exists(log, ignored)) {
    try_to(run.metrics, run, first_error, [&] { return read_metrics(log); });
  }
  const auto newest = latest_step(directory, prefix);
  if (step && !std::filesystem::exists(directory / (prefix + std::to_string(*step)), ignored)) {
    throw IoError("report: there is no checkpoint of step {} in '{}'", *step, directory.string());
  }
  if (!newest && prefix != RestoreOptions().prefix) {
    throw IoError("report: there is no checkpoint {}<step> in '{}'", prefix, directory.string());
  }
  if (const auto own = step ? step : newest) {
    const auto file = directory / (prefix + std::to_string(*own));
    try_to(run.checkpoint, run, first_error, [&] { return read_checkpoint(file); });
    if (run.checkpoint) {
      for (const auto& [name, why] : run.checkpoint->unreadable) run.troubles.push_back(why);
    }
  }
  if (run.metrics || run.checkpoint) return run;
  if (first_error) std::rethrow_exception(first_error);
  throw IoError(
      "report: there is nothing to report in '{}': a MetricsLog metrics.jsonl or a checkpoint "
      "{}<step> is expected",
      directory.string(), prefix);
}

Json settings_of(const Run& run) {
  Json settings;
  if (run.metrics && !run.metrics->runs.empty()) {
    settings = parse_object(run.metrics->runs.back().config);
  }
  if (!run.checkpoint) return settings;
  const Json kept = parse_object(run.checkpoint->config);
  for (const auto& [name, value] : kept.items()) {
    if (!settings.contains(name)) settings[name] = value;
  }
  return settings;
}

}  // namespace linseed::page
