// Labels: which part of the user's program a node belongs to.
#pragma once

#include <string>
#include <string_view>

namespace linseed {

/// Recorded with each node when it is built, and kept by the steps of a plan, so that whoever
/// watches one run (the check for NaN, a profiler) can name the module a step belongs to. There is
/// one Label for each content, it lives as long as the process, and two are compared by address.
struct Label {
  std::string path;                  // of the module, "/block/Conv_1"; "" outside of all modules
  bool is_backward = false;          // of a node that a derivative rule built
  bool may_be_infinite = false;      // see allow_non_finite
  const Label* backward = nullptr;   // of the nodes that differentiate a node with this label
  const Label* unchecked = nullptr;  // the same that may be infinite

  /// The label of what is built outside of all modules.
  static const Label* none();
};

/// "/block/Conv_1", "/block/Conv_1 (backward)", "(no module)".
std::string to_string(const Label& label);

/// While one is open, nodes built on this thread get its label. Scopes nest.
class LabelScope {
 public:
  explicit LabelScope(const Label* label);
  /// The module at `path`, within what is said of the nodes around it otherwise.
  explicit LabelScope(std::string path);
  ~LabelScope();
  LabelScope(const LabelScope&) = delete;
  LabelScope& operator=(const LabelScope&) = delete;

  static const Label* current();

 private:
  const Label* outer_;
};

/// What `f` returns; values of the nodes it builds may be infinite or NaN without stopping the run
/// under set_check_finite. For the few places where that is meant, such as a mask of −inf:
///   Tensor masked = allow_non_finite([&] { return where(mask, scores, -INFINITY); });
/// What reads them is checked like everything else.
template <class F>
auto allow_non_finite(const F& f) {
  const LabelScope scope(LabelScope::current()->unchecked);
  return f();
}

}  // namespace linseed
