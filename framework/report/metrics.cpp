#include <linseed/framework/report/metrics.h>

#include <map>

#include <linseed/framework/data/file_bytes_internal.h>
#include <linseed/framework/report/metrics_lines_internal.h>

namespace linseed {

Metrics read_metrics(const std::filesystem::path& path) {
  return parse_lines(data::read_file_bytes(path), path.string()).metrics;
}

std::vector<double> elapsed_seconds(const Metrics& metrics) {
  std::vector<double> all;
  auto run = metrics.runs.begin();
  double start = metrics.records.empty() ? 0 : metrics.records.front().time;
  double last = 0;
  for (std::size_t i = 0; i < metrics.records.size(); ++i) {
    for (; run != metrics.runs.end() && run->first_record <= i; ++run) start = run->time - last;
    last = metrics.records[i].time - start;
    all.push_back(last);
  }
  return all;
}

std::vector<MetricsCurve> curves(const Metrics& metrics) {
  std::vector<MetricsCurve> all;
  std::map<std::string, std::size_t> places;
  const std::vector<double> times = elapsed_seconds(metrics);
  for (std::size_t i = 0; i < metrics.records.size(); ++i) {
    const MetricsRecord& record = metrics.records[i];
    for (const auto& [name, value] : record.values) {
      const auto [place, is_new] = places.try_emplace(name, all.size());
      if (is_new) all.push_back({name, {}});
      all[place->second].points.push_back({record.step, value, times[i]});
    }
  }
  return all;
}

}  // namespace linseed
