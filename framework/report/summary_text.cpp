#include <limits>

#include <fmt/format.h>

#include <linseed/framework/plan/table_internal.h>
#include <linseed/framework/report/summary.h>

namespace linseed::nn {
namespace {

/// 1234567 as "1,234,567".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string describe(const std::optional<OutOfMemory>& overrun, std::string_view what,
                     double limit) {
  if (!overrun) return fmt::format("{} fits into {}\n", what, human(limit, "B"));
  return fmt::format("{} does not fit into {}: {}{} needs {}\n", what, human(limit, "B"),
                     overrun->path, overrun->is_backward ? " (backward)" : "",
                     human(overrun->bytes, "B"));
}

}  // namespace

std::string to_string(const Summary& summary) {
  std::vector<Table::Column> columns{{"module"},      {"output"},          {"params", true},
                                     {"state", true}, {"mult-adds", true}, {"forward", true}};
  if (summary.training) {
    columns.push_back({"kept", true});
    columns.push_back({"training", true});
  }
  Table table(columns);
  const auto add = [&](const SummaryRow& row) {
    std::vector<std::string> cells{
        row.uses > 1 ? fmt::format("{} ({} uses)", row.path, row.uses) : row.path,
        spec_list(row.output),
        grouped(row.params),
        grouped(row.state),
        human(row.multiply_adds),
        human(row.forward_bytes, "B")};
    if (summary.training) {
      cells.push_back(human(row.kept_bytes, "B"));
      cells.push_back(human(row.training_bytes, "B"));
    }
    table.add(std::move(cells));
  };
  for (const SummaryRow& row : summary.rows) add(row);
  add(summary.total);
  std::string text = table.text();
  text += fmt::format("inputs {}; parameters {}\n", spec_list(summary.inputs),
                      human(summary.param_bytes, "B"));
  if (summary.memory_limit == std::numeric_limits<double>::infinity()) return text;
  text += describe(summary.forward_overrun, "a forward pass", summary.memory_limit);
  if (summary.training)
    text += describe(summary.training_overrun, "training", summary.memory_limit);
  return text;
}

}  // namespace linseed::nn
