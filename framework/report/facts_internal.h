// A run in a few numbers and words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <linseed/framework/report/line_chart_internal.h>
#include <linseed/framework/report/run_internal.h>

namespace linseed::page {

struct Fact {
  std::string label;  // "Best test accuracy"
  std::string value;  // "91.63 %"
  std::string note;   // "at step 1,404"; may be empty
};

/// The headlines that the log gives: best accuracy (or loss), speed, epochs, steps, duration.
std::vector<Fact> facts_of(const Run& run, const std::vector<LineChart>& charts,
                           const Json& settings);

/// A <dl> of facts.
std::string facts_html(const std::vector<Fact>& facts);

/// Two cards: what was set, and what computed.
std::string settings_html(const Run& run, const Json& settings);

}  // namespace linseed::page
