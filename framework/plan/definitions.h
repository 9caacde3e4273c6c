// What makes the values of a program, and what reads them.
#pragma once

#include <vector>

#include <linseed/framework/graph/program.h>

namespace linseed {

/// For passes that look for patterns. The program must not get further steps meanwhile, and values
/// that it gets are unknown here.
class Definitions {
 public:
  explicit Definitions(const Program& program);

  /// The step that makes a value; null if it is an input.
  const Program::Step* of(int value) const;
  /// The numbers of the steps that read a value.
  const std::vector<int>& readers(int value) const {
    return readers_[static_cast<std::size_t>(value)];
  }
  bool is_output(int value) const { return is_output_[static_cast<std::size_t>(value)]; }
  /// By one step, and not by the caller.
  bool is_read_once(int value) const { return readers(value).size() == 1 && !is_output(value); }

  /// Whether a value is the same number everywhere, and not NaN.
  bool is_number(int value) const;
  bool is_zero(int value) const;

 private:
  const Program& program_;
  std::vector<int> producer_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> is_output_;
};

}  // namespace linseed
