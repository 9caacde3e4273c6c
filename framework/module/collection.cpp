#include <linseed/framework/module/collection.h>

#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/module/frame.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>

namespace linseed::nn {
namespace {

thread_local std::vector<Collection*> state_stack;

std::shared_ptr<Frame> frame_for(std::string_view function, ModuleRule rule,
                                 std::string_view remedy) {
  std::shared_ptr<Frame> frame = current_frame();
  if (!frame) {
    throw ModuleError(rule, "{}() works only inside a module's apply(); {}", function, remedy);
  }
  return frame;
}

/// The ancestor of `frame`, or itself, that is a direct child of `anchor`.
std::shared_ptr<const Frame> root_below(const Frame* anchor, std::shared_ptr<const Frame> frame) {
  while (frame->parent.get() != anchor) frame = frame->parent;
  return frame;
}

/// A parameter or a state that init_by_shape makes must not depend on an input: it has no value.
void check_concrete(const Tensor& value, std::string_view name) {
  if (value.is_traced() && traced_by(value) == "init_by_shape") {
    throw InvalidArgument(
        "init_by_shape: the state \"{}\" depends on the value of an input, and there are only "
        "shapes; use init instead",
        name);
  }
}

}  // namespace

Collection::Collection() : anchor_(current_frame()) {}
Collection::Collection(Tree entries) : entries_(std::move(entries)), anchor_(current_frame()) {}

Collection::Collection(const Collection& other)
    : entries_(other.entries_), anchor_(other.anchor_), replicas_(other.replicas_) {
  other.check_not_mutable();
}

Collection& Collection::operator=(const Collection& other) { return *this = Collection(other); }

Collection Collection::begin_mutation() const {
  Collection copy = *this;
  copy.is_mutable_ = true;
  copy.placeholder_depth_ = PlaceholderScope::depth();
  return copy;
}

void Collection::end_mutation() {
  is_mutable_ = false;
  root_ = nullptr;  // its frame would keep the module's parameters alive
}

void Collection::check_not_mutable() const {
  if (is_mutable_) {
    throw ModuleError(ModuleRule::E16,
                      "a mutable collection must not be cloned or passed to a transformation; use "
                      "what stateful(…) or mutate(…) returns");
  }
}

void Collection::check_below_anchor(const Frame& frame) const {
  if (frame.is_descendant_of(anchor_.get())) return;
  throw ModuleError(
      ModuleRule::E20,
      "Trying to capture state outside of the collection's scope: {} does not run "
      "below {}. Was a shared module passed around? Make the collection in a module around both",
      frame.path(), anchor_->path());
}

/// [8, features] of a state of eight replicas would be taken for statistics of single examples.
/// Shapes tell what was taken from it or averaged since, by tree::map, which keeps the mark. They
/// do not where there are as many features as replicas, [8, 8]: then it is refused although it is
/// one model's, and Collection(state.as_dict()) is the same without the mark.
void Collection::check_of_one_replica(std::string_view who) const {
  if (replicas_ < 2) return;
  bool stacked = true;
  tree::for_each_leaf(entries_, [&](const Tensor& variable) {
    stacked = stacked && variable.ndim() > 0 && variable.dim(0) == replicas_;
  });
  if (!stacked || entries_.empty()) return;
  throw InvalidArgument(
      "{}: this is the state of {} replicas, stacked by pmap or replicate. Use it inside of pmap; "
      "or take unreplicate(state) if they are in step, unreplicate(sync_batch_stats(state)) if "
      "their averages differ, Collection(state.as_dict()) if it is no such state",
      who, replicas_);
}

std::string Collection::relative_path(const Frame& frame) const {
  const std::string path = frame.path();
  if (!anchor_) return path;
  const std::string anchor_path = anchor_->path();
  if (anchor_path == "/") return path;
  return path == anchor_path ? "/" : path.substr(anchor_path.size());
}

const Tree* Collection::retrieve() const {
  const std::shared_ptr<const Frame> frame = frame_for(
      "retrieve", ModuleRule::E17, "outside read it by its path: collection[\"/Conv_0\"]");
  if (frame == anchor_) return nullptr;
  check_below_anchor(*frame);
  return entries_.find(relative_path(*frame));
}

std::optional<Tree> Collection::store(Tree value) {
  const std::shared_ptr<const Frame> frame = frame_for(
      "store", ModuleRule::E17, "outside make another one of changed entries: Collection(tree)");
  if (!is_mutable_) {
    // BatchNorm in training mode, inside of stateful(stats, frozen, …).
    throw ModuleError(ModuleRule::E18,
                      "the collection is not mutable: use stateful(state, f), or mutate; a model "
                      "that is only evaluated must not change its state (BatchNorm: "
                      ".use_running_average = true)");
  }
  if (frame == anchor_) {
    throw ModuleError(ModuleRule::E19,
                      "State should be stored from within a module below the one that made the "
                      "collection; here the value can be used directly");
  }
  check_below_anchor(*frame);
  const std::shared_ptr<const Frame> root = root_below(anchor_.get(), frame);
  if (root_ && root_ != root && !(root_->name && root->name)) {
    throw ModuleError(ModuleRule::E21,
                      "two top-level modules store into one collection; give both names with "
                      ".named(\"…\"), or open a scope for each");
  }
  if (PlaceholderScope::depth() > placeholder_depth_) {
    // jit([&](Tensor x) { return model(x); }), called inside of stateful(…): a traced value means
    // nothing outside, and nothing would be stored when the plan runs again.
    throw InvalidArgument(
        "a module stores into a collection opened outside of the function that jit traces; open "
        "stateful(…) or capture_module_outputs(…) inside of it and return what that returns");
  }
  if (!root_) root_ = root;
  const std::string path = relative_path(*frame);
  std::optional<Tree> replaced;
  if (const Tree* existing = entries_.find(path)) replaced = *existing;
  entries_[path] = std::move(value);
  return replaced;
}

State::State(Collection& collection, std::string name)
    : collection_(&collection), name_(std::move(name)) {
  collection.check_of_one_replica("state");
}

Tensor State::get() const {
  const Tree* variables = collection_->retrieve();
  const Tree* value = variables == nullptr ? nullptr : variables->find(name_);
  if (value == nullptr) {
    throw ModuleError(ModuleRule::E15,
                      "the state \"{}\" does not exist in the collection; was it made by init "
                      "inside of stateful(…)?",
                      name_);
  }
  return value->tensor();
}

void State::set(const Tensor& value) {
  check_concrete(value, name_);
  const Tree* variables = collection_->retrieve();
  Tree changed = variables == nullptr ? Tree() : *variables;
  changed[name_] = value;
  collection_->store(std::move(changed));
}

Tensor State::average(const Tensor& value, float momentum) const {
  if (collection_->is_unaveraged_) return value;
  return get() * momentum + value * (1 - momentum);
}

State state(std::string_view name, Collection* collection) {
  frame_for("state", ModuleRule::E13, "outside read it by its path: collection[\"/Conv_0\"]");
  if (collection == nullptr && state_stack.empty()) {
    throw ModuleError(ModuleRule::E14,
                      "the state \"{}\" needs a collection: run the model inside of stateful(…)",
                      name);
  }
  return State(collection != nullptr ? *collection : *state_stack.back(), std::string(name));
}

State state(std::string_view name, const Shape& shape, const Initializer& initializer,
            Collection* collection) {
  State handle = state(name, collection);
  if (const std::shared_ptr<Frame> initializing = innermost_initializing_frame()) {
    const Tensor keys = random::split(initializing->key);
    initializing->key = reshape(slice(keys, {0, 0}, {1, 2}), {2});
    handle.set(initializer(reshape(slice(keys, {1, 0}, {2, 2}), {2}), shape));
  }
  return handle;
}

bool is_stateful() { return !state_stack.empty(); }

Collection& get_state() {
  if (state_stack.empty()) {
    throw ModuleError(ModuleRule::E14, "there is no state: use get_state() inside of stateful(…)");
  }
  return *state_stack.back();
}

StateScope::StateScope(Collection& collection) {
  collection.check_of_one_replica("stateful");
  state_stack.push_back(&collection);
}
StateScope::~StateScope() { state_stack.pop_back(); }

}  // namespace linseed::nn
