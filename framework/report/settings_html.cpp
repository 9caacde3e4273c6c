#include <fmt/format.h>

#include <linseed/framework/report/facts_internal.h>
#include <linseed/framework/report/html_internal.h>

namespace linseed::page {
namespace {

constexpr std::size_t kMostText = 300;  // bytes of a value

std::string row(std::string_view name, std::string_view value) {
  return value.empty() ? ""
                       : fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                                     escaped(name), escaped(value));
}

std::string card(std::string_view title, const std::string& rows) {
  return rows.empty() ? ""
                      : fmt::format(
                            "<div class=\"card\"><h3>{}</h3>\n<table class=\"settings\"><tbody>\n{}"
                            "</tbody></table></div>\n",
                            title, rows);
}

/// A number that was a float in the program is in JSON with the digits of a double.
std::string number_text(double value) {
  const auto narrow = static_cast<float>(value);
  return narrow == value ? fmt::format("{}", narrow) : fmt::format("{}", value);
}

std::string value_text(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return number_text(value.get<double>());
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "" : ", ") + value_text(element);
  return text;
}

/// Cut between characters.
std::string shortened(std::string text) {
  if (text.size() <= kMostText) return text;
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

/// Objects in objects become names with dots.
std::string rows_of(const Json& settings, const std::string& prefix) {
  std::string rows;
  for (const auto& [name, value] : settings.items()) {
    if (value.is_object()) {
      rows += rows_of(value, prefix + name + '.');
    } else if (!value.is_null()) {
      rows += row(prefix + name, shortened(value_text(value)));
    }
  }
  return rows;
}

std::string machine_rows(const Run& run) {
  std::string rows;
  if (run.metrics && !run.metrics->runs.empty()) {
    const MetricsRun& last = run.metrics->runs.back();
    rows += row("started", date(run.metrics->runs.front().time));
    rows += row("processor", last.cpu);
    rows += row("instructions", last.instruction_set);
    rows += row("threads", std::to_string(last.threads));
    rows += row("linseed", last.version);
    rows += row("compiler", last.compiler);
    for (std::size_t i = 1; i < run.metrics->runs.size(); ++i) {
      const MetricsRun& next = run.metrics->runs[i];
      const auto& records = run.metrics->records;
      rows += row("went on", next.first_record < records.size()
                                 ? fmt::format("{}, at step {}", date(next.time),
                                               grouped(records[next.first_record].step))
                                 : date(next.time));
    }
  }
  if (run.checkpoint) {
    rows += row("checkpoint", run.checkpoint->path.filename().string());
    rows += row("its identifier", run.checkpoint->uuid);
  }
  return rows;
}

}  // namespace

std::string settings_html(const Run& run, const Json& settings) {
  const std::string cards = card("Settings", settings.is_object() ? rows_of(settings, "") : "") +
                            card("Machine", machine_rows(run));
  return cards.empty() ? "" : "<div class=\"pair\">\n" + cards + "</div>\n";
}

}  // namespace linseed::page
