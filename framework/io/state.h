// State: a tree as a checkpoint sees it, whatever C++ type it had.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>

namespace linseed::io {

struct StatePart;

/// A tensor, or a container of named parts. Parts that are no tensors (numbers, rules) are left
/// out.
struct State {
  std::optional<tree::Kind> kind;  // none: a tensor
  Tensor tensor;
  std::vector<StatePart> parts;
  int replicas = 0;  // its tensors are stacked for so many; 0: for none

  bool is_tensor() const { return !kind.has_value(); }
};

struct StatePart {
  std::string name;
  State state;
};

/// Builds a State while a tree is walked.
class StateBuilder : public tree::Visitor {
 public:
  void enter(tree::Kind kind);
  void key(std::string_view name) { open_.back().next_name = name; }
  void leave();
  void leaf(const Tensor& tensor);
  void replicas(int count) { replicas_ = count; }
  /// InvalidArgument if the tree was neither a tensor nor a container.
  State result() &&;

 private:
  struct Open {
    State container;
    std::string next_name;
  };

  void place(State part);

  int replicas_ = 0;        // of the container that begins next
  std::vector<Open> open_;  // containers begun
  std::optional<State> result_;
};

template <class T>
State describe(const T& value) {
  StateBuilder builder;
  tree::visit(value, builder);
  return std::move(builder).result();
}

/// The part of `state` of that name, or null.
const State* find_part(const State& state, std::string_view name);

/// A tensor of a State by its path, as a checkpoint writes it: "stats/%2FBatchNorm_1/mean".
struct NamedTensor {
  std::string path;
  Tensor tensor;
};

/// All of them, in order; also those that are undefined.
std::vector<NamedTensor> named_tensors(const State& state);

}  // namespace linseed::io
