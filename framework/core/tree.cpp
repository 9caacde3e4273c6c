#include <linseed/framework/core/tree.h>

#include <algorithm>

namespace linseed {
namespace {

/// A dictionary of that many entries is searched one by one.
constexpr std::size_t kQuicklySearched = 32;

std::string known_names(const Tree& tree) {
  std::string text;
  for (const auto& [name, child] : tree) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text.empty() ? "it is empty" : "known names: " + text;
}

}  // namespace

Tree::Tree(std::initializer_list<Entry> entries) {
  for (const auto& [name, child] : entries) (*this)[name] = child;
}

Tree::Tree(const Tree& other)
    : leaf_(other.leaf_), is_leaf_(other.is_leaf_), entries_(other.entries_) {
  if (other.index_) index_entries();
}

void Tree::index_entries() {
  index_ = std::make_unique<Index>();
  for (auto& [name, child] : entries_) index_->emplace(name, &child);
}

const Tensor& Tree::tensor() const {
  if (!is_leaf_)
    throw InvalidArgument("tree: a tensor was expected here, this is a dictionary ({})",
                          known_names(*this));
  return leaf_;
}

Tensor& Tree::tensor() { return const_cast<Tensor&>(std::as_const(*this).tensor()); }

Tree& Tree::operator[](std::string_view name) {
  if (is_leaf_) throw InvalidArgument("tree: no entry '{}': this is a tensor", name);
  if (const Tree* known = find(name)) return const_cast<Tree&>(*known);
  auto& [key, child] = entries_.emplace_back(std::string(name), Tree());
  if (index_) {
    index_->emplace(key, &child);
  } else if (entries_.size() > kQuicklySearched) {
    index_entries();
  }
  return child;
}

const Tree* Tree::find(std::string_view name) const {
  if (index_) {
    const auto known = index_->find(name);
    return known == index_->end() ? nullptr : known->second;
  }
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& candidate) { return candidate.first == name; });
  return entry == entries_.end() ? nullptr : &entry->second;
}

const Tree& Tree::at(std::string_view name) const {
  if (is_leaf_) throw InvalidArgument("tree: no entry '{}': this is a tensor", name);
  const Tree* child = find(name);
  if (child == nullptr) throw InvalidArgument("tree: no entry '{}'; {}", name, known_names(*this));
  return *child;
}

Tree& Tree::at(std::string_view name) { return const_cast<Tree&>(std::as_const(*this).at(name)); }

namespace tree {

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::dict: return "dict";
    case Kind::list: return "list";
    case Kind::tuple: return "tuple";
    case Kind::record: break;
  }
  return "record";
}

std::string NamedLeaf::path() const {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += '/';
    text += name;
  }
  return text;
}

void check_leaf_count(std::size_t wanted, std::size_t given) {
  if (wanted != given) {
    throw InvalidArgument("tree: {} tensors do not fit a tree with {}", given, wanted);
  }
}

std::vector<Tensor> match_by_name(const std::vector<NamedLeaf>& reference,
                                  const std::vector<NamedLeaf>& other, std::string_view who) {
  std::map<std::vector<std::string>, const Tensor*> by_name;
  for (const NamedLeaf& leaf : other) by_name[leaf.names] = &leaf.tensor;

  std::vector<Tensor> matched;
  std::string missing;
  for (const NamedLeaf& leaf : reference) {
    const auto found = by_name.find(leaf.names);
    if (found == by_name.end()) {
      missing += " " + leaf.path();
      continue;
    }
    matched.push_back(*found->second);
    by_name.erase(found);
  }
  if (!missing.empty() || !by_name.empty()) {
    std::string unexpected;
    for (const auto& [names, tensor] : by_name) unexpected += " " + NamedLeaf{names, {}}.path();
    throw InvalidArgument("{}: the names of two trees differ; missing:{}; unexpected:{}", who,
                          missing.empty() ? " none" : missing,
                          unexpected.empty() ? " none" : unexpected);
  }
  return matched;
}

void TreeBuilder::enter(Kind) { open_.emplace_back(); }

void TreeBuilder::leave() {
  Tree finished = std::move(open_.back().first);
  open_.pop_back();
  place(std::move(finished));
}

void TreeBuilder::place(Tree part) {
  if (open_.empty()) {
    result_ = std::move(part);
  } else {
    open_.back().first[open_.back().second] = std::move(part);
  }
}

}  // namespace tree
}  // namespace linseed
