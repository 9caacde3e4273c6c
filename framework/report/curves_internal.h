// The curves of a log, those of one quantity together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/report/line_chart_internal.h>
#include <linseed/framework/report/metrics.h>

namespace linseed::page {

/// What a name of a log speaks of: "test/loss", "test_loss" and "loss/test" are the "loss" of
/// "test". The sets are train, test, val and the like; a name without one has none.
struct Quantity {
  std::string name;
  std::string set;

  bool operator==(const Quantity&) const = default;
};
Quantity quantity_of(std::string_view name);

/// True for the sets that a model is judged by: any but the training's.
bool is_held_out(std::string_view set);

/// One chart for each quantity in the order in which they come up, the training's line first.
/// Values beyond ±1e100 count as not finite.
std::vector<LineChart> line_charts(const Metrics& metrics);

}  // namespace linseed::page
