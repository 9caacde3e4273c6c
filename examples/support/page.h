// A page of text and charts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/chart.h"

namespace example {

/// Parts with a heading, a text and charts, for the terminal as they come, and as one file of HTML
/// in the end, which needs no other. Texts are taken as they are: HTML, if need be.
class Page {
 public:
  explicit Page(const std::string& title);

  /// Adds a part, and prints it.
  void part(const std::string& heading, const std::string& text, const std::vector<Chart>& charts);

  /// Makes the folder if need be. IoError if the system refuses.
  void save(const std::filesystem::path& file) const;

 private:
  std::string html_;
  int parts_ = 0;
};

}  // namespace example
