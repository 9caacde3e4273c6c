// Charts, as text and as pictures, and the page that holds them.
#include <support/page.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/tests/support/temporary_directory.h>

namespace example {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

Chart halves() {
  return {
      .title = "Halves", .x_name = "n", .series = {{"one", {1, 0.5, 0.25}}, {"two", {2, 1, 0.5}}}};
}

}  // namespace

TEST_CASE("a chart as text has a bar and a number for each value") {
  const std::string text = to_text(halves());
  CHECK(count(text, "\n") == 4);
  CHECK(contains(text, "\n           1  ########## 1 "));
  CHECK(contains(text, "  #################### 2\n"));
  CHECK(contains(text, "\n           3  ### 0.25 "));
}

TEST_CASE("of many places a text shows ten at most, the last included") {
  Chart chart{.title = "Many", .x_name = "step", .series = {{"same", std::vector<double>(60, 1)}}};
  const std::string text = to_text(chart);
  CHECK(count(text, "\n") == 11);
  CHECK(contains(text, "\n          60  "));
}

TEST_CASE("on a logarithmic scale equal factors are equal lengths") {
  Chart chart{
      .title = "Decades", .x_name = "n", .series = {{"s", {0.01, 0.1, 1}}}, .logarithmic = true};
  CHECK(contains(to_text(chart), "\n           2  ########## 0.1\n"));
  // The curve is straight: half way across the picture it is half way up.
  CHECK(contains(to_svg(chart), "points=\"56.0,240.0 241.0,151.0 426.0,62.0 \""));
}

TEST_CASE("a band is the area between two curves") {
  Chart chart{.title = "Band", .x_name = "n", .series = {{"s", {0, 1}, {2, 2}}}};
  CHECK(
      contains(to_svg(chart), "<polygon points=\"56.0,240.0 426.0,151.0 426.0,62.0 56.0,62.0 \""));
  CHECK(contains(to_text(chart), " 1 to 2\n"));
}

TEST_CASE("what cannot be drawn is refused") {
  CHECK_THROWS_AS(to_svg({.title = "Empty", .x_name = "n"}), linseed::InvalidArgument);
  Chart chart = halves();
  chart.series[1].values.push_back(1);
  CHECK_THROWS_AS(to_svg(chart), linseed::InvalidArgument);
  chart = halves();
  chart.series[1].values[0] = std::nan("");
  CHECK_THROWS_AS(to_text(chart), linseed::InvalidArgument);
  chart = halves();
  chart.series[1].values[0] = 0;
  chart.logarithmic = true;
  CHECK_THROWS_AS(to_svg(chart), linseed::InvalidArgument);
}

TEST_CASE("a page holds its parts and their charts in one file") {
  const linseed::test::TemporaryDirectory folder;
  const auto file = folder.path() / "new" / "index.html";
  Page page("A page");
  page.part("First", "Two charts.", {halves(), halves()});
  page.part("Second", "None.", {});
  page.save(file);
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  CHECK(contains(text.str(), "<h1>A page</h1>"));
  CHECK(contains(text.str(), "<h2>2. Second</h2>\n<p>None.</p>"));
  CHECK(count(text.str(), "<svg ") == 2);
  CHECK(count(text.str(), "</svg>") == 2);
  CHECK(!contains(text.str(), "http"));
  CHECK_THROWS_AS(page.save(folder.path()), linseed::IoError);  // a folder
}

}  // namespace example
