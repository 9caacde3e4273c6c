// Text, axes, curves and histograms of the page.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include <linseed/framework/report/axis_internal.h>
#include <linseed/framework/report/curves_internal.h>
#include <linseed/framework/report/histogram_chart_internal.h>
#include <linseed/framework/report/histogram_internal.h>
#include <linseed/framework/report/html_internal.h>
#include <linseed/framework/report/line_chart_internal.h>
#include <linseed/framework/report/smooth_internal.h>
#include <linseed/tests/framework/report/well_formed.h>

namespace linseed::test {
namespace {

using namespace page;
using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Texts texts(const std::vector<Tick>& ticks) {
  Texts result;
  for (const Tick& tick : ticks) result.push_back(tick.text);
  return result;
}

/// What a script reads of a chart.
nlohmann::json data_of(const std::string& html) {
  const std::size_t begin = html.find("data-chart=\"") + 12;
  std::string text = html.substr(begin, html.find('"', begin) - begin);
  for (auto at = text.find("&quot;"); at != std::string::npos; at = text.find("&quot;")) {
    text.replace(at, 6, "\"");
  }
  return nlohmann::json::parse(text);
}

LineChart chart_of(std::vector<double> values) {
  LineChart chart{"loss", {{.name = "", .points = {}}}};
  for (const double y : values) {
    chart.lines[0].points.push_back({static_cast<double>(chart.lines[0].points.size()), y});
  }
  return chart;
}

}  // namespace

TEST_CASE("what is not of HTML is escaped, and what is not of UTF-8 or XML replaced") {
  CHECK(escaped("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
  CHECK(escaped("ä€𝄞\t\n") == "ä€𝄞\t\n");
  CHECK(escaped(std::string("a\0b\x1b", 4)) == "a\ufffdb\ufffd");
  CHECK(escaped("\xff\xc3") == "\ufffd\ufffd");
  CHECK(escaped("\uffff") == "\ufffd");
}

TEST_CASE("numbers are written as people read them") {
  CHECK(number(0.91634) == "0.9163");
  CHECK(number(12.5) == "12.5");
  CHECK(number(-1404) == "−1,404");
  CHECK(number(0.00025) == "0.00025");
  CHECK(number(2.5e-7) == "2.5·10⁻⁷");
  CHECK(number(3e12) == "3·10¹²");
  CHECK(number(0) == "0");
  CHECK(number(kInfinity) == "∞");
  CHECK(number(std::nan("")) == "NaN");
  CHECK(number(999.99) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(-123) == "−123");
  CHECK(grouped(std::numeric_limits<std::int64_t>::min()) == "−9,223,372,036,854,775,808");
  CHECK(duration(3.14159) == "3.1 s");
  CHECK(duration(161) == "2 min 41 s");
  CHECK(duration(3 * 3600 + 299) == "3 h 04 min");
  CHECK(duration(std::nan("")) == "–");
  CHECK(date(1732646400) == "26 November 2024, 18:40 UTC");
  CHECK(date(1e18) == "–");
  CHECK(data_uri("text/plain", "ab") == "data:text/plain;base64,YWI=");
}

TEST_CASE("ticks are round numbers inside of the axis") {
  CHECK(texts(Axis(0, 1).ticks(5)) == Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(texts(Axis(-1.2, 1.3).ticks(5)) == Texts{"−1.0", "−0.5", "0", "0.5", "1.0"});
  CHECK(texts(Axis(1, 46900).ticks(5)) == Texts{"10k", "20k", "30k", "40k"});
  CHECK(texts(Axis(0.0008, 3, Axis::Scale::logarithmic).ticks(5)) ==
        Texts{"0.001", "0.01", "0.1", "1"});
  CHECK(texts(Axis(0.15, 2.5, Axis::Scale::logarithmic).ticks(5)) == Texts{"0.2", "0.5", "1", "2"});
  CHECK(texts(Axis(1e-12, 1, Axis::Scale::logarithmic).ticks(4)) ==
        Texts{"1·10⁻¹²", "1·10⁻⁹", "1·10⁻⁶", "0.001", "1"});
  CHECK(Axis(0.01, 100, Axis::Scale::logarithmic).place(1) == Approx(0.5));
  CHECK(Axis(2, 4).place(2.5) == Approx(0.25));
}

TEST_CASE("an axis has room for one value, and for any") {
  for (const double value : {0., 1., -3e-5, 1e100, 5e-324}) {
    const Axis axis(value, value);
    INFO(value);
    CHECK(axis.low() < value);
    CHECK(axis.place(value) == Approx(0.5));
    CHECK(axis.ticks(5).size() >= 2);
    CHECK(axis.ticks(5).size() <= 11);
  }
  CHECK(Axis(7, 7, Axis::Scale::logarithmic).place(7) == Approx(0.5));
  CHECK(Axis(-1e100, 1e100).ticks(5).size() <= 11);
}

TEST_CASE("a smoothed curve begins about where the raw one does, and a straight one stays") {
  std::vector<Point> line, noise;
  for (int i = 0; i < 200; ++i) {
    line.push_back({i * 2., i * 3.});
    noise.push_back({i * 1., i % 2 == 0 ? 1. : 3.});
  }
  const auto same = smoothed(line, 10);
  CHECK(same[0].y == Approx(3));  // of means of the first two and four points, 1.5 and 4.5
  for (std::size_t i = 20; i < 180; ++i) CHECK(same[i].y == Approx(line[i].y));
  const auto calm = smoothed(noise, 10);
  // 21 values of which 10 or 11 are 3, twice over.
  for (std::size_t i = 40; i < 200; ++i) CHECK(calm[i].y == Approx(2).margin(0.1));
}

TEST_CASE("values behind large ones are smoothed as if these had not been") {
  std::vector<Point> points;
  for (int i = 0; i < 300; ++i) points.push_back({i * 1., i % 2 == 0 ? 0.05 : 0.15});
  for (const std::size_t i : {20, 41, 60}) points[i].y = 1e18;
  const auto calm = smoothed(points, 10);
  for (std::size_t i = 90; i < 300; ++i) CHECK(calm[i].y == Approx(0.1).margin(0.01));
  // Each of the first means is that of its own window.
  const auto few = smoothed({{0, 1}, {1, 2}, {2, 6}}, 1);
  CHECK(few[1].y == Approx((1. + 3 + 4) / 3));
}

TEST_CASE("a thinned curve keeps its ends and its extremes") {
  std::vector<Point> points;
  for (int i = 0; i < 10000; ++i) points.push_back({i * 1., std::sin(i * 0.7)});
  points[1234].y = 9;
  points[5678].y = -9;
  const auto few = thinned(points, 100);
  CHECK(few.size() <= 100);
  CHECK(few.front() == points.front());
  CHECK(few.back() == points.back());
  CHECK(std::find(few.begin(), few.end(), points[1234]) != few.end());
  CHECK(std::find(few.begin(), few.end(), points[5678]) != few.end());
  CHECK(std::is_sorted(few.begin(), few.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; }));
  points.resize(100);
  CHECK(thinned(points, 100) == points);
}

TEST_CASE("names of a log say quantity and set") {
  CHECK(quantity_of("train/loss") == Quantity{"loss", "train"});
  CHECK(quantity_of("test_accuracy") == Quantity{"accuracy", "test"});
  CHECK(quantity_of("loss/validation") == Quantity{"loss", "validation"});
  CHECK(quantity_of("images/s") == Quantity{"images/s", ""});
  CHECK(quantity_of("train") == Quantity{"train", ""});
  CHECK(quantity_of("test/") == Quantity{"test/", ""});
}

TEST_CASE("lines of one quantity share a chart, the training's first") {
  Metrics metrics;
  metrics.records = {{1, 0, {{"test/loss", 2.}, {"rate", 0.1}}},
                     {2, 1, {{"loss", 1.}, {"val/loss", kInfinity}}}};
  const auto charts = line_charts(metrics);
  REQUIRE(charts.size() == 2);
  CHECK(charts[0].title == "loss");
  REQUIRE(charts[0].lines.size() == 3);
  CHECK(charts[0].lines[0].name == "train");  // since the others have a set
  CHECK(charts[0].lines[0].points == std::vector<Point>{{2, 1}});
  CHECK(charts[0].lines[1].name == "test");
  CHECK(charts[0].lines[1].colour == 1);
  CHECK(charts[0].lines[2].points.empty());
  CHECK(charts[0].lines[2].left_out == 1);
  CHECK(charts[1].title == "rate");
  CHECK(charts[1].lines[0].name.empty());
}

TEST_CASE("an axis is logarithmic where half of the values would be squashed") {
  CHECK_FALSE(value_axis(chart_of({0.1, 0.5, 0.9})).is_logarithmic());
  CHECK(value_axis(chart_of({10, 1, 0.5, 0.2, 0.1})).is_logarithmic());
  CHECK_FALSE(value_axis(chart_of({10, 1, 0.5, 0.2, 0})).is_logarithmic());
  CHECK_FALSE(value_axis(chart_of({2, 1, 1, 1})).is_logarithmic());
}

TEST_CASE("a chart of few points has a dot for each, where it belongs, with its value") {
  LineChart chart = chart_of({1, 3, 2});
  chart.lines[0].name = "test";
  const std::string html = to_html(chart);
  CHECK(markup_problem(html) == "");
  CHECK(count_of(html, "class=\"dot\"") == 3);
  // The axis goes from 0.9 to 3.1: a twentieth more at both ends.
  CHECK_THAT(html, Contains("<path class=\"curve\" d=\"M0.0 954.5L500.0 45.5L1000.0 500.0\"/>"));
  CHECK_THAT(html, Contains("<title>test 3 at step 1</title>"));
  CHECK_THAT(html, Contains("test <b>2</b>"));  // the last
  const auto data = data_of(html);
  CHECK(data["lines"][0]["points"] == nlohmann::json{{0., 1.}, {1., 3.}, {2., 2.}});
  CHECK(data["log"] == false);
}

TEST_CASE("a chart has room for the least numbers there are") {
  const auto data = data_of(to_html(chart_of({1e-310, 0, 5e-324})));
  CHECK(data["lines"][0]["points"][0][1].get<double>() == 1e-310);
}

TEST_CASE("a chart of many noisy points shows them faintly behind a smooth curve") {
  std::vector<double> values;
  for (int i = 0; i < 5000; ++i) values.push_back(i % 2 == 0 ? 1 : 3);
  const std::string html = to_html(chart_of(values));
  CHECK(count_of(html, "class=\"raw\"") == 1);
  CHECK(count_of(html, "class=\"dot\"") == 0);
  const auto data = data_of(html);
  CHECK(data["lines"][0]["points"].size() <= 240);
  CHECK(data["lines"][0]["points"].back()[1].get<double>() == Approx(2).margin(0.05));
  CHECK(html.size() < 40000);
  std::vector<double> calm(5000, 0);
  for (std::size_t i = 0; i < calm.size(); ++i) calm[i] = std::sqrt(static_cast<double>(i));
  CHECK(count_of(to_html(chart_of(calm)), "class=\"raw\"") == 0);
}

TEST_CASE("a chart says how many values are not finite, even if all are") {
  LineChart chart{"<loss>", {{.name = "train", .points = {}, .left_out = 7}}};
  const std::string html = to_html(chart);
  CHECK(markup_problem(html) == "");
  CHECK_THAT(html, Contains("train: 7 values not finite"));
  CHECK_THAT(html, Contains("&lt;loss&gt;"));
}

TEST_CASE("a histogram counts what is finite and tells of the rest") {
  const std::vector<double> values{0, 0, 1, 4, std::nan(""), kInfinity};
  const std::string html = histogram_chart("var", values);
  CHECK(markup_problem(html) == "");
  CHECK_THAT(html, Contains("2 of 6 not finite"));
  // Five bins of 0.8, the first and the last with two zeros and a four.
  CHECK(count_of(html, "class=\"bar\"") == 3);
  CHECK_THAT(html, Contains("<title>2 from 0 to 0.8</title>"));
  CHECK_THAT(html, Contains("<title>1 from 3.2 to 4</title>"));
  CHECK(count_of(html, "class=\"zero\"") == 0);
  CHECK(count_of(histogram_chart("mean", std::vector{-1., 2.}), "class=\"zero\"") == 1);
  CHECK_THAT(histogram_chart("scale", std::vector{1., 1.}), Contains("all 1"));
  for (const double large : {1e17, -1e300, std::numeric_limits<double>::max()}) {
    const auto bins = histogram_of(std::vector{large, large}, 3);
    CHECK(bins[0].count + bins[1].count + bins[2].count == 2);
    CHECK(bins.front().low <= large);
    CHECK(bins.back().high >= large);
  }
  CHECK(markup_problem(histogram_chart("bias", std::vector{std::nan("")})) == "");
}

}  // namespace linseed::test
