#include <algorithm>
#include <map>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/tree.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/metrics_lines_internal.h>

namespace linseed {
namespace {

using io::StoredState;

constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;

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

/// The tables of a file.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Metrics read(const StoredState& state) const { return {runs(state), records(state)}; }

 private:
  std::vector<MetricsRun> runs(const StoredState& state) const {
    const StoredState& table = find(state, "runs");
    const auto firsts = column_of<std::int64_t>(table, "first_record");
    const auto bytes = column_of<std::uint8_t>(table, "lines");
    std::vector<MetricsRun> runs = parse_lines({bytes.begin(), bytes.end()}, path_).metrics.runs;
    if (runs.size() != firsts.size()) fail("lines");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (firsts[i] < 0) fail("first_record");
      runs[i].first_record = static_cast<std::size_t>(firsts[i]);
    }
    return runs;
  }

  std::vector<MetricsRecord> records(const StoredState& state) const {
    const StoredState& times = find(state, "records");
    const auto steps = column_of<std::int64_t>(times, "step");
    const auto seconds = column_of<double>(times, "time");
    if (steps.size() != seconds.size()) fail("records");
    std::vector<MetricsRecord> records;
    for (std::size_t i = 0; i < steps.size(); ++i) records.push_back({steps[i], seconds[i], {}});
    for (const auto& [name, table] : find(state, "values").parts) {
      const auto numbers = column_of<std::int64_t>(table, "record");
      const auto values = column_of<double>(table, "value");
      if (numbers.size() != values.size()) fail(name);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto record = static_cast<std::size_t>(numbers[i]);
        if (numbers[i] < 0 || record >= records.size()) fail(name);
        records[record].values.emplace_back(name, values[i]);
      }
    }
    return records;
  }

  const StoredState& find(const StoredState& state, std::string_view name) const {
    const auto found = std::find_if(state.parts.begin(), state.parts.end(),
                                    [&](const auto& part) { return part.name == name; });
    if (found == state.parts.end()) fail(name);
    return found->state;
  }

  template <class T>
  std::vector<T> column_of(const StoredState& table, std::string_view name) const {
    const StoredState& stored = find(table, name);
    if (!stored.is_tensor() || stored.spec.dtype != dtype_of<T>() ||
        stored.spec.shape.ndim() != 1) {
      fail(name);
    }
    const Tensor tensor = io::read_tensor(stored, path_, std::string(name));
    const auto data = tensor.data<T>();
    return {data.begin(), data.end()};
  }

  [[noreturn]] void fail(std::string_view name) const {
    throw DataCorruption("{}: it holds no metrics: '{}' is missing or of another kind", path_,
                         name);
  }

  std::string path_;
};

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

void write_metrics_tables(const std::filesystem::path& path, const Metrics& metrics) {
  const io::State state = io::describe(tables_of(metrics));
  io::FileSystem files;
  const io::Directory directory(files, directory_of(path), true);
  const io::ImageInfo info{.uuid = io::random_uuid()};
  io::write_file(directory, path.filename().string(), io::write_image(state, info), info, true);
}

Metrics read_metrics_tables(const std::filesystem::path& path) {
  io::FileSystem files;
  io::FileBytes bytes;
  const io::Directory directory(files, directory_of(path), false);
  if (!directory.read(path.filename().string(), kMostBytes, bytes)) {
    throw IoError("metrics: there is no file '{}'", path.string());
  }
  io::check_payload(bytes.span(), path.string());
  return Reader(path.string()).read(io::read_image(bytes.span(), path.string()).state);
}

}  // namespace linseed
