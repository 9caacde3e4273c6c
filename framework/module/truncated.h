// Models that end in the middle.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/module/application.h>
#include <linseed/framework/module/capture.h>

namespace linseed::nn {

namespace detail {

/// The list of outputs at `path`; InvalidArgument that lists the known paths.
std::vector<Tree> outputs_at(const Collection& outputs, const std::string& path);
/// The same for each path of a list or a dictionary, also of such.
template <class Paths>
auto outputs_at(const Collection& outputs, const std::map<std::string, Paths>& paths);

template <class Paths>
auto outputs_at(const Collection& outputs, const std::vector<Paths>& paths) {
  std::vector<decltype(outputs_at(outputs, paths.front()))> found;
  for (const Paths& part : paths) found.push_back(outputs_at(outputs, part));
  return found;
}
template <class Paths>
auto outputs_at(const Collection& outputs, const std::map<std::string, Paths>& paths) {
  std::map<std::string, decltype(outputs_at(outputs, paths.begin()->second))> found;
  for (const auto& [name, part] : paths) found.emplace(name, outputs_at(outputs, part));
  return found;
}

}  // namespace detail

/// What `model.truncate_at(paths)` runs: `module`, of which it returns the outputs at `paths`. It
/// is transparent, so parameters and paths are those of `module` alone.
template <class M, class Paths>
struct Truncated : Module<Truncated<M, Paths>> {
  static constexpr bool is_transparent = true;
  M module;
  Paths paths;

  template <class... Args>
  requires AppliesTo<M, Args...>
  auto apply(Args&&... args) const {
    const auto [output, outputs] =
        capture_module_outputs([&] { return module.named("0")(std::forward<Args>(args)...); });
    return detail::outputs_at(outputs, paths);
  }

  std::string_view module_name() const { return detail::name_of(module); }
};

}  // namespace linseed::nn
