// What tests of passes ask of a program: which steps it has.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/graph/program.h>

namespace linseed::test {

using Names = std::vector<std::string>;

/// The names of the steps, in order.
inline Names names(const Program& program) {
  Names result;
  for (const Program::Step& step : program.steps) result.emplace_back(step.primitive->name);
  return result;
}

inline bool contains(const Names& all, std::string_view name) {
  return std::ranges::find(all, name) != all.end();
}

}  // namespace linseed::test
