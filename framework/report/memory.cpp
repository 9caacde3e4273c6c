#include <algorithm>
#include <map>
#include <set>

#include <linseed/framework/report/memory_internal.h>

namespace linseed {
namespace {

using Place = Plan::Place;

constexpr int kNever = -1;

/// The first and the last step at which each storage is in use.
struct Lifetimes {
  std::vector<int> first;
  std::vector<int> last;

  explicit Lifetimes(const Plan& plan)
      : first(plan.storages.size(), kNever), last(plan.storages.size(), kNever) {
    const auto& steps = plan.program.steps;
    for (int i = 0; i < static_cast<int>(steps.size()); ++i) {
      const Program::Step& step = steps[static_cast<std::size_t>(i)];
      for (const auto& values : {step.inputs, step.outputs}) {
        for (const int value : values) {
          const auto storage =
              static_cast<std::size_t>(plan.storage_of[static_cast<std::size_t>(value)]);
          if (first[storage] == kNever) first[storage] = i;
          last[storage] = i;
        }
      }
    }
  }
};

double nested_bytes(const Plan& plan, int step) {
  const auto found = plan.nested.find(step);
  if (found == plan.nested.end()) return 0;
  std::size_t bytes = 0;
  for (const Plan& inner : found->second.plans) bytes = std::max(bytes, inner.arena_bytes);
  return static_cast<double>(bytes * found->second.copies);
}

}  // namespace

std::vector<double> bytes_in_use(const Plan& plan) {
  const Lifetimes lifetimes(plan);
  double inputs = 0;
  for (std::size_t s = 0; s < plan.storages.size(); ++s) {
    const bool is_read = plan.storages[s].place == Place::input && lifetimes.first[s] != kNever;
    if (is_read) inputs += static_cast<double>(plan.storages[s].bytes);
  }
  std::vector<double> in_use;
  for (int i = 0; i < static_cast<int>(plan.program.steps.size()); ++i) {
    double bytes = inputs + nested_bytes(plan, i);
    std::map<std::size_t, std::size_t> arena;  // offset -> bytes; what is written over counts once
    for (std::size_t s = 0; s < plan.storages.size(); ++s) {
      const Plan::Storage& storage = plan.storages[s];
      if (lifetimes.first[s] == kNever || lifetimes.first[s] > i) continue;
      if (storage.place == Place::output) bytes += static_cast<double>(storage.bytes);
      if (storage.place != Place::arena || lifetimes.last[s] < i) continue;
      std::size_t& there = arena[storage.index];
      there = std::max(there, storage.bytes);
    }
    for (const auto& [offset, size] : arena) bytes += static_cast<double>(size);
    in_use.push_back(bytes);
  }
  return in_use;
}

std::vector<double> bytes_kept(const Plan& plan) {
  const auto& steps = plan.program.steps;
  const auto storage_of = [&](int value) {
    return plan.storage_of[static_cast<std::size_t>(value)];
  };
  std::set<int> read_backward;
  for (const Program::Step& step : steps) {
    if (!step.label->is_backward) continue;
    for (const int value : step.inputs) read_backward.insert(storage_of(value));
  }
  std::vector<double> kept(steps.size(), 0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].label->is_backward || steps[i].primitive->shares_buffer) continue;
    for (const int value : steps[i].outputs) {
      if (!read_backward.contains(storage_of(value))) continue;
      kept[i] +=
          static_cast<double>(plan.storages[static_cast<std::size_t>(storage_of(value))].bytes);
    }
  }
  return kept;
}

}  // namespace linseed
