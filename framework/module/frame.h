// Frames: where a running module finds its name, its key and its parameters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/axis.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/module/initializers.h>

namespace linseed::nn {

/// One application of a module. In init mode (`key` is defined) parameters are created, otherwise
/// they are looked up.
struct Frame {
  /// What a name inside a module stands for.
  enum class Use { parameter, module, shared_module };

  std::optional<std::string> name;
  std::shared_ptr<Frame> parent;  // the frame the module belongs to, not always the caller
  bool is_transparent = false;    // the paths of its children leave it out
  Tensor key;
  Tree* params = nullptr;  // a part of its parent's; there while the application runs
  std::map<std::string, Use> used;
  std::set<std::string> shared_names;  // declared here
  int counter = 0;                     // of generated names

  bool is_initializing() const { return key.defined(); }
  /// True if `ancestor` is the parent, or further up. Every frame descends from none.
  bool is_descendant_of(const Frame* ancestor) const;
  /// "/" for an unnamed top-level module, "/Conv_0" for its child. InvalidArgument if a frame on
  /// the way has a parent but no name: that of an init or call inside a module, without .named(…).
  std::string path() const;
};

/// Where a module is applied: under a given name or a generated one, in the running module or, if
/// it is shared, in the one that declared it.
struct Place {
  std::optional<std::string> name = {};
  std::shared_ptr<Frame> declared_in = {};
};

namespace detail {

/// The parameters of a transparent module's only child, for the module's own. ModuleError E22 if
/// there is another number of children, E23 if it is not called "0".
Tree only_child(const Tree& params);

/// InvalidArgument if `key` is no random key; `function` is who was given it.
void check_key(const Tensor& key, std::string_view function);

/// The parameter `name` of the running module, any tree, made by `initializer` from its key at
/// init.
Tree parameter(std::string_view name, const std::function<Tree(const Tensor& key)>& initializer);
Tree existing_parameter(std::string_view name);

}  // namespace detail

/// The frame of the module that runs on this thread, or null.
std::shared_ptr<Frame> current_frame();
/// The innermost frame in init mode on this thread's stack, or null.
std::shared_ptr<Frame> innermost_initializing_frame();

/// Makes `frame` current while it lives. Compiled functions run inline meanwhile: a cached plan
/// would skip the module's parameters, states and names.
/// Nodes get the module's path for a label. While parameters are made there are no replicas.
class FrameScope {
 public:
  explicit FrameScope(std::shared_ptr<Frame> frame);
  ~FrameScope();
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;

 private:
  InlineScope inline_;
  LabelScope label_;
  std::optional<SingleReplicaScope> alone_;
};

/// The place of a module that the running one shares; without a name it gets the next number.
/// ModuleError E9 outside of a module, E10 if the name is already declared there.
Place declare_shared(std::string_view class_name, std::optional<std::string> name);

/// E2: a shared module is to be used under another name.
[[noreturn]] void throw_renamed(const Place& place, std::string_view other);

/// The frame of a module used inside the running one: finds or generates its name, checks it, and
/// finds or makes its parameters. A module and a parameter of one name are E8, whichever comes
/// first. What is used for a second time, as only a shared module may be, is in apply mode even at
/// init. ModuleError E1, E4, E5, E6, E7, E8, and E9 for a shared module whose declaring module does
/// not run (any more) on this thread.
std::shared_ptr<Frame> enter_child(std::string_view class_name, const Place& place);

/// The frame of `init` (with a key) or `call`, over the caller's `params`.
std::shared_ptr<Frame> enter_top(const std::optional<std::string>& name, Tensor key, Tree& params);

/// Adds the path of `frame` to an error that passes it.
void add_path(Error& error, const Frame& frame);

/// The parameter `name` of the running module: made by `initializer` at init (E8 if the name is
/// taken), looked up otherwise (E11 if missing). E12 if its shape is not `shape`; InvalidArgument
/// if a size of `shape` is negative.
Tensor param(std::string_view name, const Shape& shape, const Initializer& initializer);
/// The existing parameter `name`; E11 if there is none.
Tensor get_param(std::string_view name);
/// True while the running module creates its parameters. E13 outside of a module.
bool is_initializing();

}  // namespace linseed::nn
