// Steps that compute the same, found by what they are made of.
#include <map>
#include <numeric>

#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

/// Whether the step's output is its input under another name.
bool is_alias(const Program& program, const Program::Step& step) {
  return step.primitive->shares_buffer &&
         program.spec(step.inputs.front()) == program.spec(step.outputs.front());
}

}  // namespace

Program deduplicate(Program program) {
  std::vector<int> same_as(program.values.size());
  std::iota(same_as.begin(), same_as.end(), 0);
  const auto rename = [&](int& value) { value = same_as[static_cast<std::size_t>(value)]; };

  using Key = std::pair<const Primitive*, std::vector<int>>;
  std::multimap<Key, const Program::Step*> known;
  std::vector<Program::Step> steps;
  steps.reserve(program.steps.size());  // so that they do not move
  for (Program::Step& step : program.steps) {
    for (int& input : step.inputs) rename(input);
    if (is_alias(program, step)) {
      same_as[static_cast<std::size_t>(step.outputs.front())] = step.inputs.front();
      continue;
    }
    const Program::Step* earlier = nullptr;
    const Key key(step.primitive, step.inputs);
    // Comparing whole programs would cost more than it could save.
    if (step.primitive->programs == nullptr) {
      const auto [begin, end] = known.equal_range(key);
      for (auto candidate = begin; candidate != end; ++candidate) {
        if (candidate->second->attributes == step.attributes &&
            program.spec(candidate->second->outputs[0]) == program.spec(step.outputs[0])) {
          earlier = candidate->second;
          break;
        }
      }
    }
    if (earlier != nullptr) {
      for (std::size_t i = 0; i < step.outputs.size(); ++i) {
        same_as[static_cast<std::size_t>(step.outputs[i])] = earlier->outputs[i];
      }
      continue;
    }
    steps.push_back(std::move(step));
    known.emplace(key, &steps.back());
  }
  for (int& output : program.outputs) rename(output);
  program.steps = std::move(steps);
  return program;
}

}  // namespace linseed
