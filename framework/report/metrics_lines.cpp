#include <linseed/framework/report/metrics_lines_internal.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/utf8_internal.h>
#include <linseed/framework/report/settings_internal.h>

namespace linseed {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Json to_json(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return kInfinity;
  if (value == "-Infinity") return -kInfinity;
  return {};
}

std::optional<MetricsRecord> record_of(const Json& json) {
  const auto step = json.find("step");
  const auto time = json.find("time");
  if (step == json.end() || !step->is_number_integer()) return {};
  if (time == json.end() || !time->is_number()) return {};
  MetricsRecord record{step->get<std::int64_t>(), time->get<double>(), {}};
  for (const auto& [name, value] : json.items()) {
    if (name == "step" || name == "time") continue;
    const std::optional<double> number = number_of(value);
    if (!number) return {};
    record.values.emplace_back(name, *number);
  }
  return record;
}

/// What it says beyond what this version knows is passed over.
std::optional<MetricsRun> run_of(const Json& json) {
  const auto found = json.find("run");
  if (json.size() != 1 || found == json.end() || !found->is_object()) return {};
  const Json& run = *found;
  if (!run.contains("config") || !run["config"].is_object()) return {};
  try {
    return MetricsRun{.time = run.at("time").get<double>(),
                      .config = run["config"].dump(),
                      .version = run.at("version").get<std::string>(),
                      .compiler = run.at("compiler").get<std::string>(),
                      .cpu = run.at("cpu").get<std::string>(),
                      .instruction_set = run.at("instruction_set").get<std::string>(),
                      .threads = run.at("threads").get<int>()};
  } catch (const Json::exception&) {
    return {};
  }
}

/// Adds what `line` says; false if it says nothing.
bool parse_line(std::string_view line, Metrics& metrics) {
  const Json json = parse_object(line, kMostSettingsDepth + 2);  // {"run": {"config": …}}
  if (!json.is_object()) return false;
  if (auto record = record_of(json)) {
    metrics.records.push_back(*std::move(record));
    return true;
  }
  auto run = run_of(json);
  if (!run) return false;
  run->first_record = metrics.records.size();
  metrics.runs.push_back(*std::move(run));
  return true;
}

/// What a file has that was made longer, but not written, before the power failed: the beginning of
/// a line, or zeros.
bool may_be_torn(std::string_view text) {
  const auto begins_as = [&](std::string_view line) {
    return text.starts_with(line) || line.starts_with(text);
  };
  return begins_as(R"({"run":{)") || begins_as(R"({"step":)") ||
         text.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

std::string line_of(const MetricsRecord& record) {
  Json json{{"step", record.step}, {"time", record.time}};
  for (const auto& [name, value] : record.values) {
    if (name.empty() || json.contains(name)) {
      throw InvalidArgument(
          "metrics: a value cannot be called '{}': names are not empty, \"step\" "
          "or \"time\", and differ",
          name);
    }
    if (!is_utf8(name)) throw InvalidArgument("metrics: a name is no UTF-8");
    json[name] = to_json(value);
  }
  return json.dump() + '\n';
}

std::string line_of(const MetricsRun& run) {
  Json config = Json::parse(run.config, nullptr, /*allow_exceptions=*/false);
  if (config.is_object() && config != parse_object(run.config)) {
    throw InvalidArgument("metrics: the config is nested deeper than {}", kMostSettingsDepth);
  }
  if (!config.is_object()) {
    throw InvalidArgument("metrics: the config must be a JSON object, such as {}; it is '{}'",
                          R"({"batch":128})", run.config);
  }
  const Json json{{"run",
                   {{"time", run.time},
                    {"config", std::move(config)},
                    {"version", run.version},
                    {"compiler", run.compiler},
                    {"cpu", run.cpu},
                    {"instruction_set", run.instruction_set},
                    {"threads", run.threads}}}};
  return json.dump() + '\n';
}

/// A line without its end was torn, and so was a last one that says nothing.
MetricsLines parse_lines(const std::string& text, const std::string& path) {
  MetricsLines lines;
  std::size_t number = 1;
  for (std::size_t begin = 0, end = text.find('\n'); end != std::string::npos;
       begin = end + 1, end = text.find('\n', begin), ++number) {
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (!parse_line(line, lines.metrics)) {
      if (text.find('\n', end + 1) == std::string::npos) break;
      throw DataCorruption("metrics: line {} of '{}' is neither record nor run", number, path);
    }
    const std::vector<MetricsRecord>& records = lines.metrics.records;
    if (records.size() == lines.ends.size()) continue;  // a run
    lines.ends.push_back(end + 1);
    if (records.size() > 1 && records.back().step < records[records.size() - 2].step) {
      throw DataCorruption("metrics: line {} of '{}' is of step {}, after step {}", number, path,
                           records.back().step, records[records.size() - 2].step);
    }
  }
  const bool is_empty = lines.metrics.records.empty() && lines.metrics.runs.empty();
  if (is_empty && !may_be_torn(text)) throw DataCorruption("metrics: '{}' is no log", path);
  return lines;
}

}  // namespace linseed
