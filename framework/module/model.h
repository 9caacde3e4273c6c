// Model: a module and its parameters.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/application.h>
#include <linseed/framework/module/method.h>
#include <linseed/framework/module/partial.h>
#include <linseed/framework/module/truncated.h>

namespace linseed::nn {

template <class M>
struct NamedModel;

/// A module and its parameters as one immutable value. As a tree its tensors are the parameters;
/// the module is fixed, and compared by identity under `jit`.
///
/// A model may be called inside of a module: it runs there in apply mode with its own parameters,
/// which are not part of the module's and are constants to its derivatives. It needs a name there
/// as soon as it has a state or its outputs are captured: `model.named("inner")(x)`.
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

  /// The same under a name, which gives it a place inside of another module: see NamedModel.
  NamedModel<M> named(std::string name) const { return {*this, std::move(name)}; }

  /// This model with other parameters.
  Model replace(Tree parameters) const {
    Model changed = *this;
    changed.params = std::move(parameters);
    return changed;
  }

  /// The model that ends at some of its modules: it takes what this one takes, and returns the list
  /// of outputs of the module at a path, as trees, `model.truncate_at("/block/conv")(x)[0]`, or
  /// such lists in a vector or a map like the paths that are given. What lies behind them is not
  /// computed. InvalidArgument, when it is called, lists the known paths for one that is not.
  template <class Paths>
  auto truncate_at(const Paths& paths) const {
    using Kept = std::conditional_t<std::is_convertible_v<Paths, std::string>, std::string, Paths>;
    return Model<Truncated<M, Kept>>({{}, *module_, Kept(paths)}, params);
  }
  auto truncate_at(const std::vector<std::string>& paths) const {
    return Model<Truncated<M, std::vector<std::string>>>({{}, *module_, paths}, params);
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

/// A model under a name: what it stores and what is captured of it has paths below that name.
template <class M>
struct NamedModel {
  Model<M> model;
  std::string name;

  template <class... Args>
  requires AppliesTo<M, Args...>
  auto operator()(Args&&... args) const {
    return detail::call(model.module(), {name}, model.params, std::forward<Args>(args)...);
  }
  template <auto function, class... Args>
  requires AppliesTo<detail::Method<function, M>, Args...>
  auto method(Args&&... args) const {
    const detail::Method<function, M> method{model.module()};
    return detail::call(method, {name}, model.params, std::forward<Args>(args)...);
  }
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
