#include <linseed/framework/plan/plan.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/plan/profile_internal.h>

namespace linseed {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kNever = -1;
constexpr int kForever = std::numeric_limits<int>::max();

std::size_t bytes_of(const TensorSpec& spec) {
  return static_cast<std::size_t>(spec.shape.size()) * size_of(spec.dtype);
}

std::size_t rounded(std::size_t bytes) {
  return (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
}

/// Free places of the arena: the tightest fit first, neighbours joined.
class FreeList {
 public:
  std::size_t take(std::size_t bytes) {
    auto best = gaps_.end();
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      if (gap->second >= bytes && (best == gaps_.end() || gap->second < best->second)) best = gap;
    }
    if (best == gaps_.end()) return grow(bytes);
    const auto [offset, size] = *best;
    gaps_.erase(best);
    if (size > bytes) gaps_[offset + bytes] = size - bytes;
    return offset;
  }

  void give_back(std::size_t offset, std::size_t bytes) {
    auto after = gaps_.lower_bound(offset);
    if (after != gaps_.end() && offset + bytes == after->first) {
      bytes += after->second;
      after = gaps_.erase(after);
    }
    if (after != gaps_.begin()) {
      const auto before = std::prev(after);
      if (before->first + before->second == offset) {
        before->second += bytes;
        return;
      }
    }
    gaps_[offset] = bytes;
  }

  std::size_t end() const { return end_; }

 private:
  /// Makes the arena longer; a gap at its end counts.
  std::size_t grow(std::size_t bytes) {
    std::size_t offset = end_;
    if (!gaps_.empty()) {
      const auto last = std::prev(gaps_.end());
      if (last->first + last->second == end_) {
        offset = last->first;
        gaps_.erase(last);
      }
    }
    end_ = offset + bytes;
    return offset;
  }

  std::map<std::size_t, std::size_t> gaps_;  // offset -> bytes
  std::size_t end_ = 0;
};

/// The same, but what a value leaves is taken by values of its size only. Threads go through such
/// values in the same parts, so each finds in its own caches what it writes over. Lines that are in
/// another core's caches can take longer to come over than all that is computed of them.
class SameSizeList {
 public:
  std::size_t take(std::size_t bytes) {
    std::vector<std::size_t>& gaps = gaps_[bytes];
    if (gaps.empty()) return std::exchange(end_, end_ + bytes);
    const std::size_t offset = gaps.back();
    gaps.pop_back();
    return offset;
  }

  void give_back(std::size_t offset, std::size_t bytes) { gaps_[bytes].push_back(offset); }
  std::size_t end() const { return end_; }

 private:
  std::map<std::size_t, std::vector<std::size_t>> gaps_;  // bytes -> offsets, the latest last
  std::size_t end_ = 0;
};

/// An arena with SameSizeList may be so much longer than with FreeList. Networks of a few sizes, as
/// ResNets, need 1.05 to 1.12.
constexpr double kMostGrowth = 1.125;

/// Assigns storages, then places, in passes over the program.
class Planner {
 public:
  Planner(Program program, Pass pass) : pass_(pass) {
    plan_.program = pass == nullptr ? std::move(program) : pass(std::move(program));
    plan_.times = std::make_shared<PlanTimes>(plan_.program.steps.size());
  }

  Plan make() && {
    plan_nested();
    share_storages();
    find_lifetimes();
    place_outputs();
    place_temporaries();
    find_donors();
    return std::move(plan_);
  }

 private:
  using Place = Plan::Place;

  const Program& program() const { return plan_.program; }
  int& storage(int value) { return plan_.storage_of[static_cast<std::size_t>(value)]; }
  Plan::Storage& place(int storage) { return plan_.storages[static_cast<std::size_t>(storage)]; }
  int& first(int storage) { return first_[static_cast<std::size_t>(storage)]; }
  int& last(int storage) { return last_[static_cast<std::size_t>(storage)]; }

  void new_storage(int value, Place where, std::size_t index) {
    storage(value) = static_cast<int>(plan_.storages.size());
    plan_.storages.push_back(
        {where, index, bytes_of(program().values[static_cast<std::size_t>(value)])});
  }

  void plan_nested() {
    for (int i = 0; i < static_cast<int>(program().steps.size()); ++i) {
      const Program::Step& step = program().steps[static_cast<std::size_t>(i)];
      const Primitive& row = *step.primitive;
      const ReplicaAxis* axis = row.axis == nullptr ? nullptr : &row.axis(step.attributes);
      std::set<std::string> meetings;
      if (row.programs == nullptr) {
        if (axis != nullptr) meetings.insert(axis->name);
      } else {
        Plan::Nested& nested = plan_.nested[i];
        if (axis != nullptr) nested.copies = static_cast<std::size_t>(axis->size);
        for (const Program* inner : row.programs(step.attributes)) {
          nested.plans.push_back(make_plan(*inner, pass_));
          for (const auto& [number, names] : nested.plans.back().meetings)
            meetings.merge(std::set(names));
        }
        if (axis != nullptr) meetings.erase(axis->name);
      }
      if (!meetings.empty()) plan_.meetings[i] = std::move(meetings);
    }
  }

  void share_storages() {
    plan_.storage_of.assign(program().values.size(), -1);
    std::size_t position = 0;
    for (const int value : program().inputs) new_storage(value, Place::input, position++);
    for (const int value : program().captured_values) new_storage(value, Place::input, position++);
    for (const Program::Step& step : program().steps) {
      for (const int value : step.outputs) {
        if (step.primitive->shares_buffer) {
          storage(value) = storage(step.inputs.front());
        } else {
          new_storage(value, Place::arena, 0);
        }
      }
    }
  }

  /// The steps between which each storage is alive.
  void find_lifetimes() {
    first_.assign(plan_.storages.size(), kNever);
    last_.assign(plan_.storages.size(), kNever);
    for (int i = 0; i < static_cast<int>(program().steps.size()); ++i) {
      const Program::Step& step = program().steps[static_cast<std::size_t>(i)];
      for (const int value : step.inputs) last(storage(value)) = i;
      if (step.primitive->shares_buffer) continue;
      for (const int value : step.outputs) {
        first(storage(value)) = i;
        last(storage(value)) = i;
      }
    }
  }

  void place_outputs() {
    for (const int value : program().outputs) {
      Plan::Storage& returned = place(storage(value));
      last(storage(value)) = kForever;
      if (returned.place != Place::arena) continue;
      returned.place = Place::output;
      returned.index = plan_.output_buffers.size();
      plan_.output_buffers.push_back({returned.bytes});
    }
  }

  void place_temporaries() {
    const std::size_t shortest = place_temporaries(FreeList());
    const std::size_t bytes = place_temporaries(SameSizeList());
    if (static_cast<double>(bytes) > kMostGrowth * static_cast<double>(shortest)) {
      place_temporaries(FreeList());
    }
  }

  /// Gives places in `arena`, and returns its length.
  template <class List>
  std::size_t place_temporaries(List arena) {
    std::vector<bool> placed(plan_.storages.size(), false);
    const auto dies_here = [&](int id, int step) {
      return place(id).place == Place::arena && last(id) == step;
    };
    for (int i = 0; i < static_cast<int>(program().steps.size()); ++i) {
      const Program::Step& step = program().steps[static_cast<std::size_t>(i)];
      std::vector<int> dying;  // each once
      const auto note_dying = [&](int value) {
        const int id = storage(value);
        if (dies_here(id, i) && std::find(dying.begin(), dying.end(), id) == dying.end()) {
          dying.push_back(id);
        }
      };
      for (const int value : step.inputs) note_dying(value);
      for (const int value : step.outputs) {
        const int id = storage(value);
        if (place(id).place != Place::arena || placed[static_cast<std::size_t>(id)]) continue;
        placed[static_cast<std::size_t>(id)] = true;
        const int over = step.primitive->in_place ? same_type_input(step, value, dying) : -1;
        if (over >= 0) {
          place(id).index = place(over).index;
          std::erase(dying, over);
        } else {
          place(id).index = arena.take(rounded(place(id).bytes));
        }
      }
      place_nested(i, arena);
      for (const int value : step.outputs) note_dying(value);
      for (const int id : dying) arena.give_back(place(id).index, rounded(place(id).bytes));
    }
    return plan_.arena_bytes = arena.end();
  }

  /// Room for what runs inside of step `i`, while it runs.
  template <class List>
  void place_nested(int i, List& arena) {
    const auto found = plan_.nested.find(i);
    if (found == plan_.nested.end()) return;
    Plan::Nested& nested = found->second;
    std::size_t bytes = 0;
    for (const Plan& plan : nested.plans) bytes = std::max(bytes, plan.arena_bytes);
    bytes = rounded(bytes * nested.copies);
    nested.arena_offset = arena.take(bytes);
    arena.give_back(nested.arena_offset, bytes);
  }

  /// The storage among `candidates` of an input of `step` with the type of `value`, or -1.
  int same_type_input(const Program::Step& step, int value, const std::vector<int>& candidates) {
    const auto& types = program().values;
    for (const int input : step.inputs) {
      const int id = storage(input);
      if (types[static_cast<std::size_t>(input)] == types[static_cast<std::size_t>(value)] &&
          std::find(candidates.begin(), candidates.end(), id) != candidates.end()) {
        return id;
      }
    }
    return -1;
  }

  /// Pairs outputs with inputs of the same size that are read for the last time before, or, where
  /// the primitive allows it, in the step that makes the output.
  void find_donors() {
    std::multimap<std::size_t, int> donors;  // bytes -> input storage not given away yet
    for (std::size_t i = 0; i < program().inputs.size(); ++i) {
      const int id = storage(program().inputs[i]);
      if (last(id) != kForever) donors.emplace(place(id).bytes, id);
    }
    for (int i = 0; i < static_cast<int>(program().steps.size()); ++i) {
      const Program::Step& step = program().steps[static_cast<std::size_t>(i)];
      for (const int value : step.outputs) {
        const int id = storage(value);
        if (place(id).place != Place::output || first(id) != i) continue;
        const auto [begin, end] = donors.equal_range(place(id).bytes);
        for (auto donor = begin; donor != end; ++donor) {
          const bool over_input = step.primitive->in_place && last(donor->second) == i &&
                                  same_type_input(step, value, {donor->second}) >= 0;
          if (last(donor->second) >= i && !over_input) continue;
          plan_.output_buffers[place(id).index].donor =
              static_cast<int>(place(donor->second).index);
          donors.erase(donor);
          break;
        }
      }
    }
  }

  const Pass pass_;
  Plan plan_;
  std::vector<int> first_;
  std::vector<int> last_;
};

}  // namespace

Plan make_plan(Program program, Pass pass) { return Planner(std::move(program), pass).make(); }

}  // namespace linseed
