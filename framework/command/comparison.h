// Two states side by side, tensor by tensor.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/shape.h>
#include <linseed/framework/io/state.h>

namespace linseed::command {

/// What a tensor is in a run, as far as names tell.
enum class Role { parameter, statistic, optimizer, other };
inline constexpr std::array kRoles{Role::parameter, Role::statistic, Role::optimizer, Role::other};

/// "parameters", "BatchNorm statistics", "optimizer state", "other state".
std::string_view name(Role role);

/// A tensor that both states have, of one shape and dtype.
struct TensorDifference {
  std::string path;
  Role role = Role::other;
  TensorSpec spec;
  bool same_bits = false;
  double largest = 0;   // max |a − b|; infinite where one alone is not finite
  double relative = 0;  // ‖a − b‖ / ‖a‖; infinite, too, if a is 0 and b is not
  double cosine = 1;    // a·b / (‖a‖ ‖b‖); 1 for the same values, 0 if one alone is 0
};

struct Comparison {
  std::vector<TensorDifference> tensors;  // in the order of a
  std::vector<std::string> only_a;        // tensors, and empty containers ("name/")
  std::vector<std::string> only_b;
  std::vector<std::string> other_specs;  // "name: [3] float32 and [4] float32"

  bool same_names() const { return only_a.empty() && only_b.empty() && other_specs.empty(); }
  /// The same names and bits.
  bool same() const;
  /// Tensors whose bits differ, those with the greatest relative change first.
  std::vector<TensorDifference> changed() const;
};

/// Matches tensors by name, whatever their order.
Comparison compare(const io::State& a, const io::State& b);

/// One line: "the same bits in 28 tensors", or "other parameters (1 of 9 tensors, by up to 3.2 % of
/// their norm); the same BatchNorm statistics, optimizer state".
std::string verdict(const Comparison& comparison);

}  // namespace linseed::command
