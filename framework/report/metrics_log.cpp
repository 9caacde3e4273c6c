#include <linseed/framework/report/metrics_log.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <string_view>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/report/append_file_internal.h>

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

/// None if `line` is no record.
std::optional<MetricsRecord> parse(std::string_view line) {
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
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

/// A log as it is on disk.
struct Content {
  std::vector<MetricsRecord> records;
  std::vector<std::uintmax_t> begins;  // of their lines; at the end, where the next one begins
};

/// A line without its end was torn, and so was a last one that is no record: what a file has that
/// was made longer, but not written, before the power failed.
Content read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw IoError("metrics: '{}' cannot be read", path.string());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Content content;
  content.begins.push_back(0);
  for (std::size_t begin = 0, end = text.find('\n'); end != std::string::npos;
       begin = end + 1, end = text.find('\n', begin)) {
    auto record = parse(std::string_view(text).substr(begin, end - begin));
    if (!record && text.find('\n', end + 1) == std::string::npos) break;
    if (!record) {
      throw DataCorruption("metrics: line {} of '{}' is no record", content.records.size() + 1,
                           path.string());
    }
    content.records.push_back(*std::move(record));
    content.begins.push_back(end + 1);
  }
  return content;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double value_of(const Scalar& scalar) {
  return scalar.is_tensor() ? scalar.tensor().item<double>() : scalar.number();
}

std::string line_of(std::int64_t step, const std::vector<std::pair<std::string, Scalar>>& values) {
  Json json{{"step", step}, {"time", now()}};
  for (const auto& [name, value] : values) {
    if (name.empty() || json.contains(name)) {
      throw InvalidArgument(
          "metrics: a value cannot be called '{}': names are not empty, \"step\" "
          "or \"time\", and differ",
          name);
    }
    json[name] = to_json(value_of(value));
  }
  try {
    return json.dump() + '\n';
  } catch (const Json::type_error&) {
    throw InvalidArgument("metrics: a name is no UTF-8");
  }
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, std::optional<std::int64_t> restored_step)
    : file_(std::make_unique<AppendFile>(path)) {
  const Content content = read(path);
  const auto later = std::find_if(
      content.records.begin(), content.records.end(),
      [&](const MetricsRecord& record) { return restored_step && record.step > *restored_step; });
  file_->cut(content.begins[static_cast<std::size_t>(later - content.records.begin())]);
  if (later != content.records.begin()) last_step_ = std::prev(later)->step;
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
  file_->append(line_of(step, values));
  last_step_ = step;
}

std::vector<MetricsRecord> read_metrics(const std::filesystem::path& path) {
  return read(path).records;
}

}  // namespace linseed
