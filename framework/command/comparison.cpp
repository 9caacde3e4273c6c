#include <linseed/framework/command/comparison.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include <linseed/framework/command/tensor_summary.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/batch_norm_layers.h>

namespace linseed::command {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A tensor, or an empty container, and where it is.
struct Entry {
  std::string path;
  Role role;
  const io::State* state;
};

Role role_of(const io::State& parent, std::string_view name, Role above) {
  if (has_running_averages(parent) || name.starts_with('/')) return Role::statistic;
  if (io::find_part(parent, "param_states") != nullptr) return Role::optimizer;
  if (above == Role::other && name == "params") return Role::parameter;
  return above;
}

void collect(const io::State& state, const std::string& path, Role role,
             std::vector<Entry>& entries) {
  if (state.parts.empty()) entries.push_back({state.is_tensor() ? path : path + '/', role, &state});
  for (const auto& [name, part] : state.parts) {
    collect(part, io::join_path(path, name), role_of(state, name, role), entries);
  }
}

std::vector<Entry> entries_of(const io::State& state) {
  std::vector<Entry> entries;
  collect(state, "", Role::other, entries);
  return entries;
}

/// The values of two tensors of one spec, in numbers.
void measure(const Tensor& a, const Tensor& b, TensorDifference& difference) {
  double aa = 0, bb = 0, ab = 0, dd = 0;
  visit_dtype(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto left = a.data<T>(), right = b.data<T>();
    for (std::size_t i = 0; i < left.size(); ++i) {
      const double x = convert_element<double>(left[i]), y = convert_element<double>(right[i]);
      const bool alike = x == y || (std::isnan(x) && std::isnan(y));
      const double d = alike ? 0 : std::isfinite(x - y) ? std::abs(x - y) : kInfinity;
      difference.largest = std::max(difference.largest, d);
      dd += d * d;
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
  });
  if (dd == 0) return;
  difference.relative = aa > 0 ? std::sqrt(dd / aa) : kInfinity;
  difference.cosine =
      aa > 0 && bb > 0 ? std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1., 1.) : 0;
}

TensorDifference difference_of(const Entry& a, const Tensor& b) {
  TensorDifference difference{.path = a.path, .role = a.role, .spec = b.spec()};
  difference.same_bits = same_bits(a.state->tensor, b);
  if (!difference.same_bits) measure(a.state->tensor, b, difference);
  return difference;
}

std::string percent(double share) {
  if (share == kInfinity) return "more than their norm";
  return fmt::format("{:.3g} % of their norm", 100 * share);
}

}  // namespace

std::string_view name(Role role) {
  switch (role) {
    case Role::parameter: return "parameters";
    case Role::statistic: return "BatchNorm statistics";
    case Role::optimizer: return "optimizer state";
    case Role::other: return "other state";
  }
  return "";
}

bool Comparison::same() const {
  return same_names() && std::all_of(tensors.begin(), tensors.end(),
                                     [](const TensorDifference& each) { return each.same_bits; });
}

std::vector<TensorDifference> Comparison::changed() const {
  std::vector<TensorDifference> result;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(result),
               [](const TensorDifference& each) { return !each.same_bits; });
  std::stable_sort(
      result.begin(), result.end(),
      [](const TensorDifference& x, const TensorDifference& y) { return x.relative > y.relative; });
  return result;
}

Comparison compare(const io::State& a, const io::State& b) {
  Comparison comparison;
  const std::vector<Entry> of_a = entries_of(a), of_b = entries_of(b);
  std::unordered_map<std::string_view, const Entry*> rest;
  for (const Entry& entry : of_b) rest.emplace(entry.path, &entry);
  for (const Entry& entry : of_a) {
    const auto found = rest.find(entry.path);
    if (found == rest.end()) {
      comparison.only_a.push_back(entry.path);
      continue;
    }
    const io::State& other = *found->second->state;
    rest.erase(found);
    if (!entry.state->is_tensor()) continue;  // both are empty containers
    const TensorSpec& spec = entry.state->tensor.spec();
    if (spec == other.tensor.spec()) {
      comparison.tensors.push_back(difference_of(entry, other.tensor));
    } else {
      comparison.other_specs.push_back(fmt::format("{}: {} and {}", entry.path, to_string(spec),
                                                   to_string(other.tensor.spec())));
    }
  }
  for (const Entry& entry : of_b) {
    if (rest.contains(entry.path)) comparison.only_b.push_back(entry.path);
  }
  return comparison;
}

std::string verdict(const Comparison& comparison) {
  const auto& tensors = comparison.tensors;
  if (comparison.same()) {
    return fmt::format("the same bits in {} tensor{}", tensors.size(),
                       tensors.size() == 1 ? "" : "s");
  }
  std::string names, changed, same;
  const auto append = [](std::string& text, std::string_view between, const std::string& more) {
    text += fmt::format("{}{}", text.empty() ? "" : between, more);
  };
  if (!comparison.same_names()) {
    names = fmt::format("other trees ({} only in A, {} only in B, {} of another shape or dtype)",
                        comparison.only_a.size(), comparison.only_b.size(),
                        comparison.other_specs.size());
  }
  for (const Role role : kRoles) {
    std::size_t count = 0, differing = 0;
    double most = 0;
    for (const TensorDifference& each : tensors) {
      if (each.role != role) continue;
      ++count;
      if (each.same_bits) continue;
      ++differing;
      most = std::max(most, each.relative);
    }
    if (differing > 0) {
      append(changed, ", ",
             fmt::format("{} ({} of {} tensors, by up to {})", name(role), differing, count,
                         percent(most)));
    } else if (count > 0) {
      append(same, ", ", std::string(name(role)));
    }
  }
  std::string text = names;
  if (!changed.empty()) append(text, "; ", "other " + changed);
  if (!same.empty()) append(text, "; ", "the same " + same);
  return text;
}

}  // namespace linseed::command
