#include <map>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/tree.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>
#include <linseed/framework/report/metrics_lines_internal.h>

namespace linseed {
namespace {

using io::StoredParts;

template <class T>
Tensor column(const std::vector<T>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

Tree table_of(const std::vector<MetricsRun>& runs) {
  std::vector<std::int64_t> firsts;
  std::vector<std::uint8_t> lines;
  for (const MetricsRun& run : runs) {
    firsts.push_back(static_cast<std::int64_t>(run.first_record));
    const std::string line = line_of(run);
    lines.insert(lines.end(), line.begin(), line.end());
  }
  return {{"first_record", column(firsts)}, {"lines", column(lines)}};
}

/// Where a name has values.
struct Column {
  std::vector<std::int64_t> records;
  std::vector<double> values;
};

Tree tables_of(const Metrics& metrics) {
  std::vector<std::int64_t> steps;
  std::vector<double> times;
  std::vector<std::string> names;  // in the order in which they come up
  std::map<std::string, Column> columns;
  for (const MetricsRecord& record : metrics.records) {
    const auto number = static_cast<std::int64_t>(steps.size());
    steps.push_back(record.step);
    times.push_back(record.time);
    for (const auto& [name, value] : record.values) {
      Column& own = columns[name];
      if (own.records.empty()) names.push_back(name);
      if (name.empty() || (!own.records.empty() && own.records.back() == number)) {
        throw InvalidArgument("metrics: a name is empty or given twice in a record: '{}'", name);
      }
      own.records.push_back(number);
      own.values.push_back(value);
    }
  }
  Tree tables{{"records", {{"step", column(steps)}, {"time", column(times)}}},
              {"values", Tree()},
              {"runs", table_of(metrics.runs)}};
  for (const std::string& name : names) {
    const Column& own = columns[name];
    tables["values"][name] = {{"record", column(own.records)}, {"value", column(own.values)}};
  }
  return tables;
}

std::vector<MetricsRun> runs_of(const StoredParts& table, const std::string& path) {
  const auto firsts = table.column<std::int64_t>("first_record");
  const auto bytes = table.column<std::uint8_t>("lines");
  std::vector<MetricsRun> runs = parse_lines({bytes.begin(), bytes.end()}, path).metrics.runs;
  if (runs.size() != firsts.size()) table.fail("lines");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (firsts[i] < 0) table.fail("first_record");
    runs[i].first_record = static_cast<std::size_t>(firsts[i]);
  }
  return runs;
}

std::vector<MetricsRecord> records_of(const StoredParts& state) {
  const StoredParts table = state.part("records");
  const auto steps = table.column<std::int64_t>("step");
  const auto times = table.column<double>("time");
  if (steps.size() != times.size()) table.fail("time");
  std::vector<MetricsRecord> records;
  for (std::size_t i = 0; i < steps.size(); ++i) records.push_back({steps[i], times[i], {}});
  const StoredParts columns = state.part("values");
  for (const std::string& name : columns.names()) {
    const StoredParts column = columns.part(name);
    const auto numbers = column.column<std::int64_t>("record");
    const auto values = column.column<double>("value");
    if (numbers.size() != values.size()) column.fail("value");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto record = static_cast<std::size_t>(numbers[i]);
      if (numbers[i] < 0 || record >= records.size()) column.fail("record");
      records[record].values.emplace_back(name, values[i]);
    }
  }
  return records;
}

}  // namespace

void write_metrics_tables(const std::filesystem::path& path, const Metrics& metrics) {
  const io::State state = io::describe(tables_of(metrics));
  io::FileSystem files;
  const io::Directory directory(files, io::folder_of(path), true);
  const io::ImageInfo info{.uuid = io::random_uuid()};
  io::write_file(directory, path.filename().string(), io::write_image(state, info), info, true);
}

Metrics read_metrics_tables(const std::filesystem::path& path) {
  const io::FileBytes bytes = io::read_whole(path, RestoreOptions().size_limit);
  const io::StoredImage image = io::examine(bytes.span(), path.string());
  const StoredParts state(image.state, path.string(), "state", "metrics");
  return {runs_of(state.part("runs"), path.string()), records_of(state)};
}

}  // namespace linseed
