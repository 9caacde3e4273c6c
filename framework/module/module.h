// Module: the base of every layer and model.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <linseed/framework/module/collection.h>
#include <linseed/framework/module/entry_points.h>
#include <linseed/framework/module/frame.h>
#include <linseed/framework/module/model.h>
#include <linseed/framework/module/named.h>
#include <linseed/framework/module/required.h>
#include <linseed/framework/module/shared.h>
#include <linseed/framework/module/tree_param.h>

namespace linseed::nn {

/// Base of a module M: an aggregate whose fields are its options and whose `apply` is what it does.
///
///   struct Scale : nn::Module<Scale> {
///     Tensor apply(const Tensor& x) const { return x * param("scale", {x.dim(-1)}, ones()); }
///   };
///
/// Naming the type with its options is partial application; calling it, inside another module's
/// apply, applies it under a name made of the class's name and a counter that all sub-modules of
/// the caller share: Conv_0, Conv_1, Dense_2. What else can be called on it: see EntryPoints.
template <class M>
struct Module : EntryPoints<M, M> {
  /// This module under a name of its own.
  Named<M> named(std::string name) const { return {{}, self(), std::move(name)}; }

  /// This module to be used several times with the same parameters, here and in modules it is
  /// passed to; without a name it is called by the next number. See Shared.
  Shared<M> shared(std::optional<std::string> name = {}) const {
    return {{}, self(), declare_shared(detail::name_of(self()), std::move(name))};
  }

 protected:
  // For apply; see frame.h, tree_param.h and collection.h.
  static Tensor param(std::string_view name, const Shape& shape, const Initializer& initializer) {
    return nn::param(name, shape, initializer);
  }
  template <class F>
  static auto param(std::string_view name, const F& initializer) {
    return nn::param(name, initializer);
  }
  static Tensor get_param(std::string_view name) { return nn::get_param(name); }
  template <class T>
  static T get_param(std::string_view name) {
    return nn::get_param<T>(name);
  }
  static State state(std::string_view name, const Shape& shape, const Initializer& initializer,
                     Collection* collection = nullptr) {
    return nn::state(name, shape, initializer, collection);
  }
  static bool is_initializing() { return nn::is_initializing(); }
  static bool is_stateful() { return nn::is_stateful(); }

 private:
  friend const M& module_of(const Module& module) { return module.self(); }
  friend Place place_of(const Module&) { return {}; }
  template <class Other>
  friend Other with_module(const Module&, Other other) {
    return other;
  }

  const M& self() const { return static_cast<const M&>(*this); }
};

}  // namespace linseed::nn
