#include <algorithm>

#include <nlohmann/json.hpp>

#include <linseed/framework/command/inspect.h>
#include <linseed/framework/command/tensor_summary.h>
#include <linseed/framework/report/model_tensors_internal.h>
#include <linseed/framework/report/settings_internal.h>

namespace linseed::command {
namespace {

std::string number(double value) { return fmt::format("{:.3g}", value); }

void add_rows(const io::State& state, const std::string& name, int depth, Table& table) {
  std::vector<std::string> row{std::string(2 * static_cast<std::size_t>(depth), ' ') + name};
  if (state.is_tensor()) {
    const Tensor& tensor = state.tensor;
    const TensorSummary summary = summarise(tensor);
    row.push_back(to_string(tensor.shape()));
    row.emplace_back(linseed::name(tensor.dtype()));
    for (const double value : {summary.norm, summary.mean, summary.min, summary.max}) {
      row.push_back(tensor.size() == 0 ? "" : number(value));
    }
    row.push_back(summary.non_finite == 0 ? "" : std::to_string(summary.non_finite));
  }
  table.add(std::move(row));
  for (const auto& [part_name, part] : state.parts) {
    add_rows(part, shown(part_name), depth + 1, table);
  }
}

struct Counts {
  std::int64_t params = 0, elements = 0, tensors = 0;
};

Counts counts_of(const io::State& state) {
  Counts counts{.params = page::count_params(page::model_tensors(state))};
  for (const auto& each : io::named_tensors(state)) {
    ++counts.tensors;
    counts.elements += each.tensor.size();
  }
  return counts;
}

}  // namespace

std::string contents_text(const CheckpointFile& file, const Paint& paint) {
  Table table({{"name"},
               {"shape"},
               {"dtype"},
               {"norm", true},
               {"mean", true},
               {"min", true},
               {"max", true},
               {"not finite", true}});
  if (file.state.is_tensor()) add_rows(file.state, "(the state)", 0, table);
  for (const auto& [name, part] : file.state.parts) add_rows(part, shown(name), 0, table);
  const Counts counts = counts_of(file.state);
  std::string text =
      fmt::format("{}  step {}, {}B, linseed {}, {}\n", paint.bold(file.path.string()), file.step,
                  human(static_cast<double>(std::filesystem::file_size(file.path))),
                  shown(file.library_version), shown(file.uuid));
  if (!file.config.empty()) text += fmt::format("config {}\n", shown(file.config));
  for (const auto& [name, why] : file.unreadable) {
    text += fmt::format("function {} is unreadable: {}\n", shown(name), shown(why));
  }
  text += fmt::format("\n{}\n", to_text(table, paint));
  text += fmt::format("{} tensor{}, {} elements", counts.tensors, counts.tensors == 1 ? "" : "s",
                      counts.elements);
  if (counts.params > 0) text += fmt::format(", {} of them parameters", counts.params);
  return text + '\n';
}

std::string health_text(const Health& health, const Paint& paint) {
  std::string text;
  if (!health.layers.empty()) {
    text += fmt::format("BatchNorm: {} layer{}, {} channels", health.layers.size(),
                        health.layers.size() == 1 ? "" : "s", health.channels());
    if (health.updates) text += fmt::format(", {} updates", *health.updates);
    text += ": ";
  }
  const std::size_t count = health.findings.size();
  text += count == 0 ? paint.good("healthy")
                     : paint.bad(fmt::format("{} finding{}", count, count == 1 ? "" : "s"));
  text += '\n';
  for (auto first = health.findings.begin(); first != health.findings.end();) {
    const auto last = std::find_if_not(first, health.findings.end(), [&](const Finding& other) {
      return other.trouble == first->trouble && other.cause == first->cause &&
             other.remedy == first->remedy;
    });
    std::string title(name(first->trouble));
    std::replace(title.begin(), title.end(), '_', ' ');
    text += fmt::format("\n{}\n", paint.bad(title));
    for (auto each = first; each != last; ++each) {
      text += fmt::format("  {}: {}\n", paint.bold(each->path), each->what);
    }
    text += fmt::format("  {}  {}\n  {} {}\n", paint.faint("cause:"), first->cause,
                        paint.faint("remedy:"), first->remedy);
    first = last;
  }
  return text;
}

nlohmann::ordered_json inspect_json(const CheckpointFile& file, const Health& health) {
  using Json = nlohmann::ordered_json;
  Json tensors = Json::array();
  for (const auto& each : io::named_tensors(file.state)) {
    const TensorSummary summary = summarise(each.tensor);
    tensors.push_back({{"path", each.path},
                       {"shape", each.tensor.shape().dims()},
                       {"dtype", linseed::name(each.tensor.dtype())},
                       {"norm", summary.norm},
                       {"mean", summary.mean},
                       {"min", summary.min},
                       {"max", summary.max},
                       {"non_finite", summary.non_finite}});
  }
  Json layers = Json::array();
  for (const BatchNormLayer& layer : health.layers) {
    layers.push_back({{"path", layer.path},
                      {"module_path", layer.module_path},
                      {"shape", layer.mean.shape().dims()},
                      {"replicas", layer.replicas}});
  }
  Json findings = Json::array();
  for (const Finding& finding : health.findings) {
    findings.push_back({{"trouble", name(finding.trouble)},
                        {"path", finding.path},
                        {"indices", finding.indices},
                        {"value", finding.value},
                        {"what", finding.what},
                        {"cause", finding.cause},
                        {"remedy", finding.remedy}});
  }
  const Counts counts = counts_of(file.state);
  Json config = parse_object(file.config);
  if (config.is_null()) config = file.config;  // no JSON object: as it is
  return {{"file", file.path.string()},
          {"step", file.step},
          {"uuid", file.uuid},
          {"library_version", file.library_version},
          {"bytes", std::filesystem::file_size(file.path)},
          {"config", file.config.empty() ? Json() : config},
          {"unreadable_functions", file.unreadable},
          {"parameters", counts.params},
          {"elements", counts.elements},
          {"tensors", tensors},
          {"batch_norm", layers},
          {"updates", health.updates ? Json(*health.updates) : Json()},
          {"healthy", health.findings.empty()},
          {"findings", findings}};
}

}  // namespace linseed::command
