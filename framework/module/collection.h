// Collections: the state of a model, as a value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/initializers.h>

namespace linseed::nn {

struct Frame;

/// Says that a state keeps what a batch has to say, not the average over batches.
struct Unaveraged {};
inline constexpr Unaveraged unaveraged{};

/// What modules keep between calls, such as BatchNorm's running averages: a dictionary from module
/// paths to dictionaries of variables. Modules change it only while it is mutable: inside
/// `stateful` or `mutate`, which work on a copy.
///
/// A collection made inside a module is anchored there: it keeps paths relative to that module, and
/// only what runs below it may store. (A module with the anchor's own path, below a transparent
/// one, is "/", where flax.nn says "".)
class Collection {
 public:
  Collection();
  /// A collection with these entries: path -> {variable: tensor}.
  explicit Collection(Tree entries);
  /// E16 if `other` is mutable: the copy would miss what modules still store.
  Collection(const Collection& other);
  Collection& operator=(const Collection& other);
  Collection(Collection&&) = default;
  Collection& operator=(Collection&&) = default;
  ~Collection() = default;

  /// All entries: path -> {variable: tensor}.
  const Tree& as_dict() const { return entries_; }
  /// The variables at `path`; InvalidArgument lists the known paths.
  const Tree& operator[](std::string_view path) const { return entries_.at(path); }
  bool is_mutable() const { return is_mutable_; }

  /// What the running module stored, or null. E17 outside of a module, E20 outside of the anchor.
  const Tree* retrieve() const;
  /// Keeps `value` for the running module; returns what it replaces, if anything. E17 outside of a
  /// module, E18 if not mutable, E19 in the anchor itself, E20 outside of the anchor, E21 for a
  /// second unnamed top-level module.
  std::optional<Tree> store(Tree value);

  /// f(copy) with a copy that is mutable meanwhile; returns (result of f, the copy).
  /// E16 if this collection is mutable itself.
  template <class F>
  auto mutate(F&& f) const {
    return mutate(std::forward<F>(f), /*is_unaveraged=*/false);
  }

 private:
  friend struct TreeTraits<Collection>;
  friend class State;
  friend class StateScope;
  template <class F>
  friend auto stateful(const Collection& state, Unaveraged, F&& f);

  template <class F>
  auto mutate(F&& f, bool is_unaveraged) const {
    Collection copy = begin_mutation();
    copy.is_unaveraged_ = is_unaveraged;
    auto result = std::forward<F>(f)(copy);
    copy.is_unaveraged_ = false;
    copy.end_mutation();
    return std::pair(std::move(result), std::move(copy));
  }

  Collection begin_mutation() const;
  void end_mutation();
  void check_not_mutable() const;
  void check_below_anchor(const Frame& frame) const;
  void check_of_one_replica(std::string_view who) const;
  std::string relative_path(const Frame& frame) const;

  Tree entries_;
  std::shared_ptr<const Frame> anchor_;
  std::shared_ptr<const Frame> root_;  // the first top-level module that stored
  bool is_mutable_ = false;
  bool is_unaveraged_ = false;  // see State::average
  int replicas_ = 0;            // stacked for so many, by pmap or replicate; 0: the state of one
  int placeholder_depth_ = 0;   // of transformations, when it became mutable
};

/// A variable of the running module in a collection. InvalidArgument for a collection of many
/// replicas, as StateScope has it.
class State {
 public:
  State(Collection& collection, std::string name);

  /// E15 if the variable does not exist.
  Tensor get() const;
  /// E18 if the collection is not mutable. A set that fails leaves the value as it was.
  void set(const Tensor& value);
  /// momentum · get() + (1 − momentum) · value: a running average one step further. In a state that
  /// is `unaveraged` it is `value`.
  Tensor average(const Tensor& value, float momentum) const;

 private:
  Collection* collection_;
  std::string name_;
};

/// The variable `name` of the running module, in `collection` or else in the innermost `stateful`
/// (E14 if there is none). At init it is set to `initializer`'s value, with half of a split of the
/// innermost initializing frame's key. E13 outside of a module.
State state(std::string_view name, const Shape& shape, const Initializer& initializer,
            Collection* collection = nullptr);
/// The same, but init sets nothing: for a variable that the module sets itself, or never has.
State state(std::string_view name, Collection* collection = nullptr);

/// True inside of any `stateful`.
bool is_stateful();
/// The collection of the innermost `stateful`; E14 if there is none.
Collection& get_state();

/// Says that a state is only read.
struct Frozen {};
inline constexpr Frozen frozen{};

/// Makes a collection the innermost one while it lives. InvalidArgument for what pmap or replicate
/// returned: it is the state of many replicas.
class StateScope {
 public:
  explicit StateScope(Collection& collection);
  ~StateScope();
  StateScope(const StateScope&) = delete;
  StateScope& operator=(const StateScope&) = delete;
};

/// Runs f with a copy of `state` for its modules to read and change; returns (f's result, the
/// copy).
template <class F>
auto stateful(const Collection& state, F&& f) {
  return state.mutate([&](Collection& copy) {
    const StateScope scope(copy);
    return std::forward<F>(f)();
  });
}

/// The same from an empty state: how a model's state is made at init.
template <class F>
auto stateful(F&& f) {
  return stateful(Collection(), std::forward<F>(f));
}

/// The same, but running averages forget what they were: BatchNorm leaves the mean and variance of
/// the batch alone. For measuring statistics anew; see StatsMean.
///   auto [logits, of_batch] = nn::stateful(stats, nn::unaveraged, [&] { return model(images); });
template <class F>
auto stateful(const Collection& state, Unaveraged, F&& f) {
  const auto run = [&](Collection& copy) {
    const StateScope scope(copy);
    return std::forward<F>(f)();
  };
  return state.mutate(run, /*is_unaveraged=*/true);
}

/// Runs f with `state` for its modules to read; changing it is E18. Returns f's result.
template <class F>
auto stateful(const Collection& state, Frozen, F&& f) {
  Collection copy = state;
  const StateScope scope(copy);
  return std::forward<F>(f)();
}

}  // namespace linseed::nn

template <>
struct linseed::TreeTraits<linseed::nn::Collection> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    value.check_not_mutable();
    visitor.replicas(value.replicas_);
    tree::visit(value.entries_, visitor);
  }
};
