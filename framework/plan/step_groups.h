// Steps of a program put into groups, each of which can run as one step.
#pragma once

#include <vector>

#include <linseed/framework/graph/program.h>

namespace linseed {

/// Which step makes each value; −1 for inputs and captured tensors.
std::vector<int> producers(const Program& program);

/// At first each step is a group of its own. The groups always have an order in which each comes
/// after those that make what it reads.
class StepGroups {
 public:
  explicit StepGroups(const Program& program);

  /// Joins the groups of two steps, unless another one would have to run after one of them and
  /// before the other.
  void join(int step, int other);

  int group_of(int step) const { return group_[static_cast<std::size_t>(step)]; }
  /// In the order of the program.
  const std::vector<int>& members(int group) const {
    return members_[static_cast<std::size_t>(group)];
  }
  /// All groups, in order.
  std::vector<int> in_order() const;

 private:
  std::vector<int> dependent_on(int group, int last);
  void move_behind(int group, const std::vector<int>& dependent, int last);

  std::vector<std::vector<int>> readers_;  // of each step's results: steps
  std::vector<int> group_;                 // of each step
  std::vector<std::vector<int>> members_;  // of each group
  std::vector<int> order_;                 // with gaps, kNoGroup, where joined groups were
  std::vector<int> position_;              // of each group in order_
  std::vector<bool> is_dependent_;         // of each group, while another one is joined
};

}  // namespace linseed
