// Model: a module and its parameters.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/application.h>
#include <linseed/framework/module/method.h>
#include <linseed/framework/module/partial.h>

namespace linseed::nn {

/// A module and its parameters as one immutable value. As a tree its tensors are the parameters;
/// the module is fixed, and compared by identity under `jit`.
template <class M>
class Model {
 public:
  Tree params;

  Model(M module, Tree parameters)
      : params(std::move(parameters)), module_(std::make_shared<const M>(std::move(module))) {}

  const M& module() const { return *module_; }

  /// Runs the module's apply with the model's parameters.
  template <class... Args>
  requires AppliesTo<M, Args...>
  auto operator()(Args&&... args) const {
    return detail::call(*module_, {}, params, std::forward<Args>(args)...);
  }

  /// Runs `function`, a const member of the module, in its place: `model.method<&M::l2>()`.
  template <auto function, class... Args>
  requires AppliesTo<detail::Method<function, M>, Args...>
  auto method(Args&&... args) const {
    const detail::Method<function, M> method{*module_};
    return detail::call(method, {}, params, std::forward<Args>(args)...);
  }

  /// The model's call under a name: model.named("inner")(x).
  auto named(std::string name) const {
    return [module = module_, parameters = params,
            name = std::move(name)]<class... Args>(Args&&... args) {
      return detail::call(*module, {name}, parameters, std::forward<Args>(args)...);
    };
  }

  /// This model with other parameters.
  Model replace(Tree parameters) const {
    Model changed = *this;
    changed.params = std::move(parameters);
    return changed;
  }

  /// This model with settings of its module changed or arguments bound; see EntryPoints::partial.
  template <class... Settings>
  auto partial(Settings&&... settings) const {
    auto changed = detail::with(*module_, std::forward<Settings>(settings)...);
    return Model<decltype(changed)>(std::move(changed), params);
  }

 private:
  friend struct TreeTraits<Model>;

  std::shared_ptr<const M> module_;
};

}  // namespace linseed::nn

template <class M>
struct linseed::TreeTraits<linseed::nn::Model<M>> {
  template <class T, class V>
  static void visit(T& value, V& visitor) {
    visitor.enter(tree::Kind::record);
    visitor.key("module");
    visitor.fixed(value.module_);
    visitor.key("params");
    tree::visit(value.params, visitor);
    visitor.leave();
  }
};
