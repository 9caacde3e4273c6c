#include "support/page.h"

#include <fmt/format.h>

#include "support/write_file.h"

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
  write_file(file, html_ + "</body>\n</html>\n");
}

}  // namespace example
