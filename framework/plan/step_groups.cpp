// The order is kept as in D. J. Pearce and P. H. J. Kelly, "A dynamic topological sort algorithm
// for directed acyclic graphs", ACM JEA 11 (2007): a join concerns only groups between the two.
#include <linseed/framework/plan/step_groups.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace linseed {
namespace {

constexpr int kNoGroup = -1;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<int> producers(const Program& program) {
  std::vector<int> producer(program.values.size(), -1);
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    for (const int value : program.steps[i].outputs) producer[index(value)] = static_cast<int>(i);
  }
  return producer;
}

StepGroups::StepGroups(const Program& program)
    : readers_(program.steps.size()), is_dependent_(program.steps.size(), false) {
  group_.resize(program.steps.size());
  std::iota(group_.begin(), group_.end(), 0);
  order_ = position_ = group_;
  const std::vector<int> producer = producers(program);
  for (const int step : group_) {
    members_.push_back({step});
    for (const int input : program.steps[index(step)].inputs) {
      const int made = producer[index(input)];
      if (made >= 0) readers_[index(made)].push_back(step);
    }
  }
}

void StepGroups::join(int step, int other) {
  int first = group_of(step), last = group_of(other);
  if (first == last) return;
  if (position_[index(first)] > position_[index(last)]) std::swap(first, last);
  const std::vector<int> dependent = dependent_on(first, last);
  const bool is_possible = !is_dependent_[index(last)];
  if (is_possible) {
    move_behind(first, dependent, last);
    auto& joined = members_[index(first)];
    auto& moved = members_[index(last)];
    for (const int member : moved) group_[index(member)] = first;
    const auto middle = static_cast<std::ptrdiff_t>(joined.size());
    joined.insert(joined.end(), moved.begin(), moved.end());
    std::inplace_merge(joined.begin(), joined.begin() + middle, joined.end());
    moved.clear();
  }
  for (const int group : dependent) is_dependent_[index(group)] = false;
}

std::vector<int> StepGroups::in_order() const {
  std::vector<int> groups;
  std::ranges::remove_copy(order_, std::back_inserter(groups), kNoGroup);
  return groups;
}

/// Marks, and returns, the groups before `last` that come after `group`, and `last` itself if it
/// comes after one of these.
std::vector<int> StepGroups::dependent_on(int group, int last) {
  std::vector<int> dependent, open{group};
  while (!open.empty()) {
    const int current = open.back();
    open.pop_back();
    for (const int member : members(current)) {
      for (const int reader : readers_[index(member)]) {
        const int next = group_of(reader);
        if (next == group || is_dependent_[index(next)]) continue;
        if (position_[index(next)] > position_[index(last)]) continue;
        if (next == last && current == group) continue;
        is_dependent_[index(next)] = true;
        dependent.push_back(next);
        if (next == last) return dependent;
        open.push_back(next);
      }
    }
  }
  return dependent;
}

/// Gives `group` the place right before the first that depends on it, and `last` none.
void StepGroups::move_behind(int group, const std::vector<int>& dependent, int last) {
  const auto first = order_.begin() + position_[index(group)];
  const auto end = order_.begin() + position_[index(last)] + 1;
  std::vector<int> window;
  for (auto place = first; place != end; ++place) {
    const bool stays = *place != kNoGroup && *place != group && *place != last;
    if (stays && !is_dependent_[index(*place)]) window.push_back(*place);
  }
  window.push_back(group);
  if (!dependent.empty()) {
    std::copy_if(first, end, std::back_inserter(window),
                 [&](int other) { return other != kNoGroup && is_dependent_[index(other)]; });
  }
  std::fill(std::ranges::copy(window, first).out, end, kNoGroup);
  for (auto place = first; place != end; ++place) {
    if (*place != kNoGroup) position_[index(*place)] = static_cast<int>(place - order_.begin());
  }
}

}  // namespace linseed
