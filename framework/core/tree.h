// Trees: nested containers of tensors, and what can be done to all of them alike.
#pragma once

#include <array>
#include <concepts>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <linseed/framework/core/fields.h>
#include <linseed/framework/core/tensor.h>

namespace linseed {

/// A nested dictionary of tensors, such as a model's parameters: either one tensor (a leaf), or an
/// ordered list of named sub-trees. Iterates in the order of insertion, matches by name, keeps
/// empty dictionaries.
class Tree {
 public:
  using Entry = std::pair<std::string, Tree>;

  /// An empty dictionary.
  Tree() = default;
  Tree(Tensor leaf) : leaf_(std::move(leaf)), is_leaf_(true) {}
  Tree(std::initializer_list<Entry> entries);
  Tree(const Tree& other);
  Tree(Tree&&) noexcept = default;
  Tree& operator=(const Tree& other) { return *this = Tree(other); }
  Tree& operator=(Tree&&) noexcept = default;
  ~Tree() = default;

  bool is_leaf() const { return is_leaf_; }
  /// The tensor of a leaf; InvalidArgument for a dictionary.
  const Tensor& tensor() const;
  Tensor& tensor();
  operator const Tensor&() const { return tensor(); }

  /// The sub-tree of that name, inserted empty if there is none. InvalidArgument for a leaf.
  Tree& operator[](std::string_view name);
  /// The sub-tree of that name; InvalidArgument that lists the known names if there is none.
  const Tree& operator[](std::string_view name) const { return at(name); }
  const Tree& at(std::string_view name) const;
  Tree& at(std::string_view name);
  /// The sub-tree of that name, or null.
  const Tree* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }

  /// Number of entries of a dictionary.
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty() && !is_leaf_; }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }

 private:
  Tensor leaf_;
  bool is_leaf_ = false;
  std::list<Entry>
      entries_;  // entries stay where they are: t["b"] = t["a"] inserts before it reads
  using Index = std::unordered_map<std::string_view, Tree*>;
  std::unique_ptr<Index> index_;  // of entries_ by name, where there are many

  void index_entries();
};

namespace tree {

/// What kind of container a part of a tree is; checkpoints record it.
enum class Kind { dict, list, tuple, record };

std::string_view name(Kind kind);

/// Base of the visitors below: override what is of interest by hiding it.
struct Visitor {
  /// Whether numbers that the program itself counts by, such as data::Position, are shown, as
  /// tensors. Without them what is visited can be traced as a whole.
  static constexpr bool wants_counters = true;
  void enter(Kind) {}            // a container begins
  void key(std::string_view) {}  // the next child's name
  void leave() {}                // a container ends
  template <class T>
  void fixed(const T&) {}  // a part that is no tensor: a number, a string, a rule
  /// For how many replicas the part that follows is stacked, [replicas, …]; 0: for none.
  void replicas(const int&) {}
};

}  // namespace tree

/// Opt-in for a type that is not a struct with `tree = fields<…>`: specialise with
/// `template <class T, class V> static void visit(T& value, V& visitor)`, where T may be const.
template <class T>
struct TreeTraits;

namespace tree {

template <class T>
concept HasFields = requires {
  std::remove_cvref_t<T>::tree;
};
template <class T>
concept HasTraits = requires {
  sizeof(TreeTraits<std::remove_cvref_t<T>>);
};

/// Walks `value` in order, telling `visitor` of containers, names, tensors and fixed parts.
template <class T, class V>
void visit(T& value, V& visitor);

template <class T, class V, auto... members>
void visit_fields(T& value, V& visitor, Fields<members...>) {
  visitor.enter(Kind::record);
  ((visitor.key(member_name<members>()), visit(value.*members, visitor)), ...);
  visitor.leave();
}

template <class T, class V>
void visit(T& value, V& visitor) {
  if constexpr (std::same_as<std::remove_const_t<T>, Tensor>) {
    visitor.leaf(value);
  } else if constexpr (HasFields<T>) {
    visit_fields(value, visitor, std::remove_cvref_t<T>::tree);
  } else if constexpr (HasTraits<T>) {
    TreeTraits<std::remove_const_t<T>>::visit(value, visitor);
  } else {
    visitor.fixed(value);
  }
}

/// Visits the elements of a range under the names "0", "1", ….
template <class R, class V>
void visit_range(R& range, V& visitor) {
  visitor.enter(Kind::list);
  std::size_t index = 0;
  for (auto& element : range) {
    visitor.key(std::to_string(index++));
    visit(element, visitor);
  }
  visitor.leave();
}

/// Visits the elements of a tuple or pair under the names "0", "1", ….
template <class T, class V>
void visit_tuple(T& tuple, V& visitor) {
  visitor.enter(Kind::tuple);
  std::apply(
      [&](auto&... elements) {
        std::size_t index = 0;
        ((visitor.key(std::to_string(index++)), visit(elements, visitor)), ...);
      },
      tuple);
  visitor.leave();
}

}  // namespace tree

template <>
struct TreeTraits<Tree> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    if (value.is_leaf()) return visitor.leaf(value.tensor());
    visitor.enter(tree::Kind::dict);
    for (auto& [name, child] : value) {
      visitor.key(name);
      visit(child, visitor);
    }
    visitor.leave();
  }
};

template <>
struct TreeTraits<Scalar> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    if (value.is_tensor()) return visitor.leaf(value.tensor());
    visitor.fixed(value.number());
  }
};

template <class E>
struct TreeTraits<std::vector<E>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    tree::visit_range(value, visitor);
  }
};

template <class E, std::size_t n>
struct TreeTraits<std::array<E, n>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    tree::visit_range(value, visitor);
  }
};

template <class A, class B>
struct TreeTraits<std::pair<A, B>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    tree::visit_tuple(value, visitor);
  }
};

template <class... Elements>
struct TreeTraits<std::tuple<Elements...>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    tree::visit_tuple(value, visitor);
  }
};

template <class E>
struct TreeTraits<std::map<std::string, E>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    visitor.enter(tree::Kind::dict);
    for (auto& [name, child] : value) {
      visitor.key(name);
      tree::visit(child, visitor);
    }
    visitor.leave();
  }
};

namespace tree {

/// Something with tensors in it, as far as the type tells.
template <class T>
concept Treelike = std::same_as<std::remove_cvref_t<T>, Tensor> || HasFields<T> || HasTraits<T>;

/// Calls `f` with each tensor of `value`, in order; `f` may replace it if `value` is not const.
template <class T, class F>
void for_each_leaf(T& value, F&& f) {
  struct Leaves : Visitor {
    F& f;
    explicit Leaves(F& function) : f(function) {}
    void leaf(std::conditional_t<std::is_const_v<T>, const Tensor, Tensor>& tensor) { f(tensor); }
  } visitor(f);
  visit(value, visitor);
}

/// All tensors of `value`, in order.
template <class T>
std::vector<Tensor> leaves(const T& value) {
  std::vector<Tensor> result;
  for_each_leaf(value, [&](const Tensor& tensor) { result.push_back(tensor); });
  return result;
}

/// A copy of `value` with its tensors replaced, in order. InvalidArgument if the number differs.
template <class T>
T with_leaves(T value, const std::vector<Tensor>& replacement);

/// A leaf and the names that lead to it.
struct NamedLeaf {
  std::vector<std::string> names;
  Tensor tensor;

  /// The names joined by '/'.
  std::string path() const;
};

/// All tensors of `value` with their names, in order.
template <class T>
std::vector<NamedLeaf> named_leaves(const T& value);

/// `value` as a nested dictionary.
template <class T>
Tree to_tree(const T& value);

/// A copy of `first` in which each tensor t becomes f(t, its namesakes in `rest`…). Leaves are
/// matched by name, whatever their order; InvalidArgument lists missing and unexpected names.
template <class F, class T, class... Rest>
T map(F&& f, const T& first, const Rest&... rest);

/// A copy of `value` in which each tensor t becomes f(its path, t):
///   map_with_path([](const std::string& path, const Tensor& t) { … }, params)
template <class F, class T>
T map_with_path(F&& f, const T& value);

/// The tensors of `other` in the order of `reference`, matched by name. InvalidArgument, in the
/// name of `who`, lists missing and unexpected names.
std::vector<Tensor> match_by_name(const std::vector<NamedLeaf>& reference,
                                  const std::vector<NamedLeaf>& other,
                                  std::string_view who = "tree");

void check_leaf_count(std::size_t wanted, std::size_t given);

// ---- definitions of the templates above

template <class T>
T with_leaves(T value, const std::vector<Tensor>& replacement) {
  std::size_t next = 0;
  for_each_leaf(value, [&](Tensor& tensor) {
    if (next < replacement.size()) tensor = replacement[next];
    ++next;
  });
  check_leaf_count(next, replacement.size());
  return value;
}

/// Follows the names on the way to each leaf.
struct NameVisitor : Visitor {
  std::vector<std::string> names;

  void enter(Kind) { names.emplace_back(); }
  void key(std::string_view name) { names.back() = name; }
  void leave() { names.pop_back(); }
};

template <class T>
std::vector<NamedLeaf> named_leaves(const T& value) {
  struct Collect : NameVisitor {
    std::vector<NamedLeaf> result;
    void leaf(const Tensor& tensor) { result.push_back({names, tensor}); }
  } visitor;
  visit(value, visitor);
  return std::move(visitor.result);
}

/// Builds the nested dictionary while walking.
class TreeBuilder : public Visitor {
 public:
  void enter(Kind);
  void key(std::string_view name) { open_.back().second = name; }
  void leave();
  void leaf(const Tensor& tensor) { place(Tree(tensor)); }
  Tree result() && { return std::move(result_); }

 private:
  void place(Tree part);

  std::vector<std::pair<Tree, std::string>> open_;  // containers begun, with the current key
  Tree result_;
};

template <class T>
Tree to_tree(const T& value) {
  TreeBuilder builder;
  visit(value, builder);
  return std::move(builder).result();
}

template <class F, class T, class... Rest>
T map(F&& f, const T& first, const Rest&... rest) {
  if constexpr (sizeof...(rest) == 0) {
    T result = first;
    for_each_leaf(result, [&](Tensor& tensor) { tensor = f(std::as_const(tensor)); });
    return result;
  } else {
    const auto reference = named_leaves(first);
    const std::array<std::vector<Tensor>, sizeof...(rest)> others{
        match_by_name(reference, named_leaves(rest))...};
    std::vector<Tensor> results;
    results.reserve(reference.size());
    for (std::size_t i = 0; i < reference.size(); ++i) {
      results.push_back(std::apply(
          [&](const auto&... other) { return f(reference[i].tensor, other[i]...); }, others));
    }
    return with_leaves(first, results);
  }
}

template <class F, class T>
T map_with_path(F&& f, const T& value) {
  std::vector<Tensor> results;
  for (const NamedLeaf& leaf : named_leaves(value)) {
    results.push_back(f(leaf.path(), leaf.tensor));
  }
  return with_leaves(value, results);
}

}  // namespace tree
}  // namespace linseed
