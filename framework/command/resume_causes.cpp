#include <algorithm>

#include <linseed/framework/command/resume_check.h>
#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/batch_norm_layers.h>

namespace linseed::command {
namespace {

/// What the names in a state tell of it.
struct Contents {
  bool has_optimizer = false, has_key = false, has_position = false, has_batch_norm = false;
};

bool contains_any_of(const std::string& name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

Contents contents_of(const io::State& state) {
  Contents contents;
  for (const auto& each : io::named_tensors(state)) {
    contents.has_key |= each.tensor.dtype() == uint32 && each.tensor.shape() == Shape{2};
    for (const std::string& name : io::split_path(each.path)) {
      contents.has_optimizer |= name == "param_states";
      contents.has_position |=
          contains_any_of(name, {"position", "epoch", "batch_index", "cursor"});
      contents.has_batch_norm |= contains_any_of(name, {"BatchNorm"});
    }
  }
  return contents;
}

bool differs(const Comparison& comparison, Role role) {
  return std::any_of(
      comparison.tensors.begin(), comparison.tensors.end(),
      [&](const TensorDifference& each) { return each.role == role && !each.same_bits; });
}

}  // namespace

std::vector<std::string> likely_causes(const Comparison& comparison, const io::State& state) {
  if (comparison.same()) return {};
  const Contents contents = contents_of(state);
  std::vector<std::string> causes;
  if (!comparison.same_names()) {
    causes.emplace_back("the resumed run saves another state than the fresh one");
  }
  const bool only_statistics = differs(comparison, Role::statistic) &&
                               !differs(comparison, Role::parameter) &&
                               !differs(comparison, Role::optimizer);
  if (only_statistics) {
    causes.emplace_back(
        "only BatchNorm's averages differ: they begin anew; restore the Collection, too, and train "
        "with it");
    return causes;
  }
  if (contents.has_batch_norm && batch_norm_layers(state).empty()) {
    causes.emplace_back("no BatchNorm averages in the checkpoint: save the Collection, too");
  }
  if (!contents.has_optimizer) {
    causes.emplace_back(
        "no optimizer state in the checkpoint: moments and step begin at 0; save the optimizer, "
        "not its target alone");
  }
  if (!contents.has_key) {
    causes.emplace_back(
        "no random key in the checkpoint: the order of the data, or dropout, is another one");
  }
  if (!contents.has_position) {
    causes.emplace_back(
        "no position in the data in the checkpoint: a resumed run begins the epoch anew; save "
        "data::Position");
  }
  causes.emplace_back(
      "a schedule that depends on {steps}, or counts the steps of this call instead of "
      "optimizer.state.step");
  causes.emplace_back("something is restored but not used: what trains must be what was restored");
  return causes;
}

}  // namespace linseed::command
