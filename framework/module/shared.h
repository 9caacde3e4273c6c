// Shared: a module that is used several times with the same parameters.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <linseed/framework/module/entry_points.h>

namespace linseed::nn {

/// What `M{…}.shared("s")` returns inside of an apply: a module whose parameters live under "s" in
/// the module that declared it. It may be used there and in other modules, as an argument or a
/// field of theirs, as long as the declaring apply runs.
///
///   auto encoder = Encoder{}.shared("encoder");
///   return distance(encoder(a), encoder(b));
///
/// At init the first use makes the parameters; later ones find them and are in apply mode
/// (`is_initializing()` is false). So a parameter that only a later use asks for is E11, and a
/// BatchNorm in a later use updates its averages, which that use has set anew.
///
/// E9 if it is used after the declaring apply has returned, E5 if its name is an unshared module's.
template <class M>
struct Shared : EntryPoints<Shared<M>, M> {
  M module;
  Place place;

  /// E2: where the parameters are was said when the module was declared.
  const Shared& named(std::string_view other) const { throw_renamed(place, other); }

 private:
  friend const M& module_of(const Shared& shared) { return shared.module; }
  friend const Place& place_of(const Shared& shared) { return shared.place; }
  template <class Other>
  friend Shared<Other> with_module(const Shared& shared, Other other) {
    return {{}, std::move(other), shared.place};
  }
};

}  // namespace linseed::nn
