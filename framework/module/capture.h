// What each module returned, by its path.
#pragma once

#include <functional>
#include <utility>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/collection.h>

namespace linseed::nn {

/// Reports the outputs of modules while it lives, each by a call in the frame of its module; all
/// open ones get each.
class CaptureScope {
 public:
  using Report = std::function<void(const Tree& output)>;

  explicit CaptureScope(Report report);
  /// To a collection.
  explicit CaptureScope(Collection& outputs);
  ~CaptureScope();
  CaptureScope(const CaptureScope&) = delete;
  CaptureScope& operator=(const CaptureScope&) = delete;
};

namespace detail {

/// True inside of any `capture_module_outputs`.
bool is_capturing();
/// Gives the running module's output to all open captures.
void report_output(const Tree& output);

}  // namespace detail

/// (f's result, outputs): for the path of each module that ran inside, the list of what it
/// returned, as a dictionary {"0": first, "1": …}; children come before their parents, and a shared
/// module has an entry for each use.
///
///   auto [y, outputs] = nn::capture_module_outputs([&] { return model(x); });
///   outputs["/Conv_0"]["0"].tensor().shape();
///
/// `outputs` is a collection with its rules: E21 for two unnamed top-level modules, E20 for a
/// shared module declared outside of the module that captures. Under init_by_shape outputs have
/// shapes and no values.
template <class F>
auto capture_module_outputs(F&& f) {
  return Collection().mutate([&](Collection& outputs) {
    const CaptureScope scope(outputs);
    return std::forward<F>(f)();
  });
}

}  // namespace linseed::nn
