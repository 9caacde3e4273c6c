// Named: a module under a name of its own.
#pragma once

#include <string>
#include <utility>

#include <linseed/framework/module/entry_points.h>

namespace linseed::nn {

/// A module under a name of its own: `Dense{.features = 10}.named("head")(x)`. The name takes no
/// number from the generated ones. As a top-level module it begins the paths: "/head/…".
template <class M>
struct Named : EntryPoints<Named<M>, M> {
  M module;
  std::string name;

  /// The same module under another name.
  Named named(std::string other) const { return {{}, module, std::move(other)}; }

 private:
  friend const M& module_of(const Named& named) { return named.module; }
  friend Place place_of(const Named& named) { return {named.name}; }
  template <class Other>
  friend Named<Other> with_module(const Named& named, Other other) {
    return {{}, std::move(other), named.name};
  }
};

}  // namespace linseed::nn
