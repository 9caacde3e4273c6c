#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <linseed/framework/plan/table_internal.h>

namespace linseed {

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

std::string human(double value, std::string_view unit) {
  constexpr std::string_view kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  std::size_t prefix = 0;
  for (; value >= 999.5 && prefix + 1 < std::size(kPrefixes); ++prefix) value /= 1000;
  const std::string number = prefix == 0 ? fmt::format("{:.0f}", value) : three_digits(value);
  const std::string suffix = fmt::format("{}{}", kPrefixes[prefix], unit);
  return suffix.empty() ? number : number + ' ' + suffix;
}

std::string spec_list(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ",
                        spec.dtype == float32 ? to_string(spec.shape) : to_string(spec));
  }
  return text;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  auto& titles = rows_.emplace_back();
  for (const Column& column : columns_) titles.emplace_back(column.title);
}

std::string Table::text() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += i == 0 ? "" : "  ";
      line += columns_[i].is_number ? space + row[i] : row[i] + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace linseed
