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

/// Bytes of the arena.
struct ArenaUse {
  std::size_t alive = 0;
  std::size_t end = 0;  // of the last byte
};

ArenaUse arena_use(const Plan& plan, const Lifetimes& lifetimes, int step) {
  std::map<std::size_t, std::size_t> pieces;  // offset -> bytes; what is written over counts once
  const auto add = [&](std::size_t offset, std::size_t bytes) {
    std::size_t& there = pieces[offset];
    there = std::max(there, bytes);
  };
  for (std::size_t s = 0; s < plan.storages.size(); ++s) {
    const Plan::Storage& storage = plan.storages[s];
    if (storage.place != Place::arena || lifetimes.first[s] == kNever) continue;
    if (lifetimes.first[s] <= step && step <= lifetimes.last[s]) add(storage.index, storage.bytes);
  }
  if (const auto found = plan.nested.find(step); found != plan.nested.end()) {
    std::size_t bytes = 0;
    for (const Plan& inner : found->second.plans) bytes = std::max(bytes, inner.arena_bytes);
    add(found->second.arena_offset, bytes * found->second.copies);
  }
  ArenaUse use;
  for (const auto& [offset, bytes] : pieces) {
    use.alive += bytes;
    use.end = std::max(use.end, offset + bytes);
  }
  return use;
}

/// The bytes of the storages at `place` that are used by then.
std::size_t bytes_at(const Plan& plan, const Lifetimes& lifetimes, Place place, int step) {
  std::size_t bytes = 0;
  for (std::size_t s = 0; s < plan.storages.size(); ++s) {
    const int first = lifetimes.first[s];
    if (plan.storages[s].place == place && first != kNever && first <= step) {
      bytes += plan.storages[s].bytes;
    }
  }
  return bytes;
}

}  // namespace

std::vector<StepMemory> memory_of_steps(const Plan& plan) {
  const Lifetimes lifetimes(plan);
  const int count = static_cast<int>(plan.program.steps.size());
  const std::size_t inputs = bytes_at(plan, lifetimes, Place::input, count);
  std::vector<StepMemory> steps;
  std::size_t arena_end = 0;
  for (int i = 0; i < count; ++i) {
    const std::size_t outside = inputs + bytes_at(plan, lifetimes, Place::output, i);
    const ArenaUse arena = arena_use(plan, lifetimes, i);
    arena_end = std::max(arena_end, arena.end);
    steps.push_back({.alive = static_cast<double>(outside + arena.alive),
                     .taken = static_cast<double>(outside + arena_end)});
  }
  return steps;
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
