#include <linseed/framework/module/frame.h>

#include <algorithm>
#include <vector>

#include <linseed/framework/core/error.h>
#include <linseed/framework/ops/random.h>

namespace linseed::nn {
namespace {

thread_local std::vector<std::shared_ptr<Frame>> stack;

std::shared_ptr<Frame> running_frame(std::string_view function) {
  if (stack.empty()) {
    throw ModuleError(ModuleRule::E13,
                      "{}() works only inside a module's apply(), and no module is running; move "
                      "it into one, and run that by .init(key, …) or .call(params, …)",
                      function);
  }
  return stack.back();
}

void check_name(const Frame& parent, const std::string& name, Frame::Use use) {
  if (name.find_first_of("/:") != std::string::npos) {
    throw ModuleError(ModuleRule::E4,
                      "a module's name must not contain '/' or ':': \"{}\"; write '_' instead, or "
                      "nest a module for each part of a path",
                      name);
  }
  const auto used = parent.used.find(name);
  const Tree* existing = parent.params->find(name);
  if (used == parent.used.end() ? existing != nullptr && existing->is_leaf()
                                : used->second == Frame::Use::parameter) {
    throw ModuleError(ModuleRule::E8,
                      "the name \"{}\" is already used by a parameter of this module; give the "
                      "module inside of it another one: .named(\"…\")",
                      name);
  }
  if (used == parent.used.end()) return;
  if (used->second != use) {
    throw ModuleError(ModuleRule::E5,
                      "the name \"{}\" is used both by a shared and by an unshared module; give "
                      "one of them another name",
                      name);
  }
  if (use == Frame::Use::module) {
    throw ModuleError(ModuleRule::E6,
                      "a module named \"{}\" already exists here; use another name, or declare it "
                      "once with .shared(\"{}\") to use its parameters twice",
                      name, name);
  }
}

std::string names_in(const Tree& params) {
  std::string text;
  for (const auto& [name, part] : params) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

/// Below a nested call without a name there is no path: that of the module around it stands for it.
bool has_path(const Frame& frame) {
  for (const Frame* part = &frame; part->parent; part = part->parent.get()) {
    if (!part->name && !part->parent->is_transparent) return false;
  }
  return true;
}

}  // namespace

bool Frame::is_descendant_of(const Frame* ancestor) const {
  if (ancestor == nullptr) return true;
  for (const Frame* above = parent.get(); above != nullptr; above = above->parent.get()) {
    if (above == ancestor) return true;
  }
  return false;
}

std::string Frame::path() const {
  if (!parent) return "/" + name.value_or("");
  if (parent->is_transparent) return parent->path();
  if (!name) {
    throw InvalidArgument(
        "a module that runs inside another one through init or call has no place in it: give it a "
        "name with .named(\"…\")");
  }
  std::string text = parent->path();
  if (text.back() != '/') text += '/';
  return text + *name;
}

std::shared_ptr<Frame> current_frame() { return stack.empty() ? nullptr : stack.back(); }

std::shared_ptr<Frame> innermost_initializing_frame() {
  const auto found = std::find_if(stack.rbegin(), stack.rend(),
                                  [](const auto& frame) { return frame->is_initializing(); });
  return found == stack.rend() ? nullptr : *found;
}

FrameScope::FrameScope(std::shared_ptr<Frame> frame)
    : label_(has_path(*frame) ? frame->path() : LabelScope::current()->path) {
  if (frame->is_initializing()) alone_.emplace();
  stack.push_back(std::move(frame));
}

FrameScope::~FrameScope() { stack.pop_back(); }

Place declare_shared(std::string_view class_name, std::optional<std::string> name) {
  const std::shared_ptr<Frame> frame = current_frame();
  if (!frame) {
    throw ModuleError(ModuleRule::E9,
                      "{}.shared() works only inside a module's apply(): the parameters belong to "
                      "the module that declares them",
                      class_name);
  }
  if (!name) name = std::to_string(frame->counter++);
  if (!frame->shared_names.insert(*name).second) {
    throw ModuleError(ModuleRule::E10,
                      "a shared module \"{}\" is already declared here; use that one, or another "
                      "name",
                      *name);
  }
  return {std::move(name), frame};
}

void throw_renamed(const Place& place, std::string_view other) {
  throw ModuleError(ModuleRule::E2,
                    "the name of the shared module \"{}\" can't be overridden by .named(\"{}\"); "
                    "use it as it is, or declare another one with .shared(\"{}\")",
                    *place.name, other, other);
}

std::shared_ptr<Frame> enter_child(std::string_view class_name, const Place& place) {
  const bool is_shared = place.declared_in != nullptr;
  if (is_shared && std::find(stack.begin(), stack.end(), place.declared_in) == stack.end()) {
    // Kept in a variable of the caller's and used after the declaring apply() has returned.
    throw ModuleError(ModuleRule::E9,
                      "the shared module \"{}\" is used after the module that declared it has "
                      "finished; declare it where it is used, or in a module around that",
                      *place.name);
  }
  const std::shared_ptr<Frame> parent = is_shared ? place.declared_in : current_frame();
  if (!parent) {
    // Dense{.features = 3}(x) outside of any apply().
    throw ModuleError(ModuleRule::E1,
                      "{} is applied like a function, which works only inside another module's "
                      "apply(); outside use .init(key, x) or .call(params, x)",
                      class_name);
  }
  auto child = std::make_shared<Frame>();
  child->parent = parent;
  child->name = place.name ? *place.name : fmt::format("{}_{}", class_name, parent->counter++);
  const Frame::Use use = is_shared ? Frame::Use::shared_module : Frame::Use::module;
  check_name(*parent, *child->name, use);
  parent->used[*child->name] = use;

  const bool exists = parent->params->contains(*child->name);
  if (!exists && !parent->is_initializing()) {
    throw ModuleError(
        ModuleRule::E7,
        "the parameters have no module \"{}\": it was not used at init; they have: {}",
        *child->name, names_in(*parent->params));
  }
  if (!exists) child->key = random::fold_name(parent->key, *child->name);
  child->params = &(*parent->params)[*child->name];
  return child;
}

std::shared_ptr<Frame> enter_top(const std::optional<std::string>& name, Tensor key, Tree& params) {
  auto frame = std::make_shared<Frame>();
  frame->name = name;
  frame->parent = current_frame();
  frame->key = std::move(key);
  frame->params = &params;
  return frame;
}

void add_path(Error& error, const Frame& frame) {
  if (has_path(frame)) error.add_module_path(frame.path());
}

Tree detail::only_child(const Tree& params) {
  if (params.size() != 1) {
    throw ModuleError(ModuleRule::E22,
                      "a transparent module stands for exactly one child; it has: {}; apply one "
                      "module in it, as .named(\"0\"), or leave is_transparent out",
                      names_in(params));
  }
  const auto& [name, child] = *params.begin();
  if (name != "0") {
    throw ModuleError(ModuleRule::E23,
                      "a transparent module's child has no name of its own, this one is \"{}\"; "
                      "apply it as .named(\"0\")",
                      name);
  }
  return child;
}

void detail::check_key(const Tensor& key, std::string_view function) {
  // model.init(x, key), or a key that was never assigned.
  if (!key.defined() || key.spec() != TensorSpec{{2}, uint32}) {
    throw InvalidArgument(
        "{}: a random key ([2] uint32) was expected first, got {}; make one with "
        "random::key(seed)",
        function, key.defined() ? to_string(key.spec()) : "an undefined Tensor");
  }
}

Tree detail::parameter(std::string_view name,
                       const std::function<Tree(const Tensor& key)>& initializer) {
  const std::shared_ptr<Frame> frame = running_frame("param");
  const auto used = frame->used.find(std::string(name));
  if (used != frame->used.end() &&
      (frame->is_initializing() || used->second != Frame::Use::parameter)) {
    throw ModuleError(ModuleRule::E8,
                      "the name \"{}\" is already used by a {} of this module; give the parameter "
                      "another one",
                      name, used->second == Frame::Use::parameter ? "parameter" : "module inside");
  }
  if (frame->is_initializing()) {
    (*frame->params)[name] = initializer(random::fold_name(frame->key, name));
  }
  frame->used[std::string(name)] = Frame::Use::parameter;
  return existing_parameter(name);
}

Tree detail::existing_parameter(std::string_view name) {
  const std::shared_ptr<Frame> frame = running_frame("get_param");
  const Tree* value = frame->params->find(name);
  if (value == nullptr) {
    throw ModuleError(ModuleRule::E11, "the parameter \"{}\" does not exist; there are: {}", name,
                      names_in(*frame->params));
  }
  return *value;
}

Tensor param(std::string_view name, const Shape& shape, const Initializer& initializer) {
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; })) {
    // Dense{.features = -1}.
    throw InvalidArgument("the parameter \"{}\" cannot have shape {}: a size is negative", name,
                          shape);
  }
  const Tensor value = detail::parameter(name, [&](const Tensor& key) {
                         return Tree(initializer(key, shape));
                       }).tensor();
  if (value.shape() != shape) {
    throw ModuleError(ModuleRule::E12,
                      "the parameter \"{}\" has shape {}, but {} is asked for; give an input of "
                      "the size that init was given, or make the parameters anew with init",
                      name, value.shape(), shape);
  }
  return value;
}

Tensor get_param(std::string_view name) { return detail::existing_parameter(name).tensor(); }

bool is_initializing() { return running_frame("is_initializing")->is_initializing(); }

}  // namespace linseed::nn
