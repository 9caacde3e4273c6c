#include <linseed/framework/io/state.h>

#include <algorithm>

#include <linseed/framework/io/names_internal.h>

namespace linseed::io {

void StateBuilder::enter(tree::Kind kind) {
  State container;
  container.kind = kind;
  container.replicas = std::exchange(replicas_, 0);
  open_.push_back({std::move(container), {}});
}

void StateBuilder::leave() {
  State finished = std::move(open_.back().container);
  open_.pop_back();
  place(std::move(finished));
}

void StateBuilder::leaf(const Tensor& tensor) {
  State part;
  part.tensor = tensor;
  place(std::move(part));
}

void StateBuilder::place(State part) {
  if (open_.empty()) {
    result_ = std::move(part);
  } else {
    auto& [container, name] = open_.back();
    container.parts.push_back({name, std::move(part)});
  }
}

State StateBuilder::result() && {
  if (!result_) throw InvalidArgument("checkpoint: the target has no tensors");
  return *std::move(result_);
}

const State* find_part(const State& state, std::string_view name) {
  const auto found = std::find_if(state.parts.begin(), state.parts.end(),
                                  [&](const StatePart& part) { return part.name == name; });
  return found == state.parts.end() ? nullptr : &found->state;
}

namespace {

void collect(const State& state, const std::string& path, std::vector<NamedTensor>& tensors) {
  if (state.is_tensor()) tensors.push_back({path, state.tensor});
  for (const auto& [name, part] : state.parts) collect(part, join_path(path, name), tensors);
}

}  // namespace

std::vector<NamedTensor> named_tensors(const State& state) {
  std::vector<NamedTensor> tensors;
  collect(state, "", tensors);
  return tensors;
}

}  // namespace linseed::io
