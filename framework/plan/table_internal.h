// Tables of text, and numbers as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/shape.h>

namespace linseed {

/// "1.23", "12.3" or "123".
std::string three_digits(double value);

/// With a unit: "12.3 M", or "12.3 MB"; whole numbers below 1000.
std::string human(double value, std::string_view unit = "");

/// "[8,3], [3] int32".
std::string spec_list(const std::vector<TensorSpec>& specs);

/// Cells in columns that are as wide as they need to be.
class Table {
 public:
  struct Column {
    std::string_view title;
    bool is_number = false;
  };
  explicit Table(std::vector<Column> columns);

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace linseed
