// What can be called on a module, however it is written: M{…}, M{…}.named(…), M{…}.shared(…).
#pragma once

#include <utility>
#include <vector>

#include <linseed/framework/module/application.h>
#include <linseed/framework/module/init_by_shape.h>
#include <linseed/framework/module/method.h>
#include <linseed/framework/module/model.h>
#include <linseed/framework/module/partial.h>

namespace linseed::nn {

/// Base of Module, Named and Shared, for a module of class M. `Self` says with friends which module
/// it stands for, `module_of`, and where that is applied, `place_of`; `with_module` puts another
/// one there.
template <class Self, class M>
struct EntryPoints {
  /// Applies the module inside of another module's apply.
  template <class... Args>
  requires AppliesTo<M, Args...>
  auto operator()(Args&&... args) const {
    return detail::apply_inside(module_of(self()), place_of(self()), std::forward<Args>(args)...);
  }

  /// Runs `function`, a const member of the module, as apply is run: `layer.method<&M::l2>(x)`. Of
  /// a shared module it finds the parameters that apply has made, if that was used before; of a
  /// module without a place yet it is one of its own, called after the method, "l2_0". All
  /// arguments must be given: a pointer to a member knows no defaults.
  template <auto function, class... Args>
  requires AppliesTo<detail::Method<function, M>, Args...>
  auto method(Args&&... args) const {
    const detail::Method<function, M> method{module_of(self())};
    return detail::apply_inside(method, place_of(self()), std::forward<Args>(args)...);
  }

  /// The same with some settings: fields and their values, m.partial(&M::bias, false, &M::features,
  /// 4), later ones win; and leading arguments of the calls to come, m.partial(x), which stay
  /// bound.
  template <class... Settings>
  auto partial(Settings&&... settings) const {
    return with_module(self(),
                       detail::with(module_of(self()), std::forward<Settings>(settings)...));
  }

  /// Runs apply and creates the parameters: (output, params).
  template <class... Args>
  requires AppliesTo<M, Args...>
  auto init(const Tensor& key, Args&&... args) const {
    return detail::init(module_of(self()), place_of(self()), key, std::forward<Args>(args)...);
  }

  /// The same for inputs of which only shapes (and dtypes; default float32) are given. Nothing of
  /// the forward pass is computed; the output's tensors have shape and dtype, but no value.
  template <class... Args>
  auto init_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                     const Args&... args) const {
    return detail::init_by_shape(module_of(self()), place_of(self()), key, specs, args...);
  }

  /// As init, but the result holds a Model: fields `output` and `model`.
  template <class... Args>
  requires AppliesTo<M, Args...>
  auto create(const Tensor& key, Args&&... args) const {
    return with_model(init(key, std::forward<Args>(args)...));
  }

  /// As init_by_shape, but the result holds a Model: fields `output` and `model`.
  template <class... Args>
  auto create_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                       const Args&... args) const {
    return with_model(init_by_shape(key, specs, args...));
  }

  /// Runs apply with existing parameters.
  template <class... Args>
  requires AppliesTo<M, Args...>
  auto call(const Tree& params, Args&&... args) const {
    return detail::call(module_of(self()), place_of(self()), params, std::forward<Args>(args)...);
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }

  template <class Output>
  auto with_model(Initialized<Output> made) const {
    return Created<Output, M>{std::move(made.output),
                              Model<M>(module_of(self()), std::move(made.params))};
  }
};

}  // namespace linseed::nn
