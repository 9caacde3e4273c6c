#include "support/page.h"

#include <fstream>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>

namespace example {

Page::Page(const std::string& title)
    : html_(fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{0}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 58em; margin: 2em auto; padding: 0 1em }}
svg {{ font: 12px sans-serif; max-width: 100% }}
</style>
</head>
<body>
<h1>{0}</h1>
)",
                        title)) {}

void Page::part(const std::string& heading, const std::string& text,
                const std::vector<Chart>& charts) {
  ++parts_;
  fmt::print("{}. {}\n{}\n", parts_, heading, text);
  html_ += fmt::format("<h2>{}. {}</h2>\n<p>{}</p>\n", parts_, heading, text);
  for (const Chart& chart : charts) {
    fmt::print("\n{}\n{}", chart.title, to_text(chart));
    html_ += to_svg(chart);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void Page::save(const std::filesystem::path& file) const {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << html_ << "</body>\n</html>\n";
  stream.close();
  if (!stream) throw linseed::IoError("{} cannot be written", file.string());
}

}  // namespace example
