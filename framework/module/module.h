// Module: the base of every layer and model.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/module/class_name.h>
#include <linseed/framework/module/collection.h>
#include <linseed/framework/module/frame.h>
#include <linseed/framework/module/required.h>

namespace linseed::nn {

template <class M>
class Model;

/// What `init` and `init_by_shape` return.
template <class Output>
struct Initialized {
  Output output;
  Tree params;
};

/// What `create` and `create_by_shape` return.
template <class Output, class M>
struct Created {
  Output output;
  Model<M> model;
};

/// How a module is entered from outside of its `apply`: the functions below, for a module and for a
/// module under a name alike.
namespace detail {

/// Runs m.apply(arguments…) in `frame`. An error that passes is told the module's path.
template <class M, class... Args>
auto run(const M& module, const std::shared_ptr<Frame>& frame, Args&&... args) {
  const FrameScope scope(frame);
  try {
    return module.apply(std::forward<Args>(args)...);
  } catch (Error& error) {
    add_path(error, *frame);
    throw;
  }
}

template <class M, class... Args>
auto apply_in_parent(const M& module, const std::optional<std::string>& name, Args&&... args) {
  const auto frame = enter_child(class_name<M>(), name);
  auto output = run(module, frame, std::forward<Args>(args)...);
  leave_child(*frame);
  return output;
}

/// InvalidArgument if `key` is no random key.
void check_key(const Tensor& key);

template <class M, class... Args>
auto init(const M& module, const std::optional<std::string>& name, const Tensor& key,
          Args&&... args) {
  check_key(key);
  const auto frame = enter_top(name, key, {});
  auto output = run(module, frame, std::forward<Args>(args)...);
  return Initialized<decltype(output)>{std::move(output), std::move(frame->params)};
}

template <class M, class... Args>
auto call(const M& module, const std::optional<std::string>& name, const Tree& params,
          Args&&... args) {
  return run(module, enter_top(name, Tensor(), params), std::forward<Args>(args)...);
}

/// Placeholders for the inputs of `init_by_shape`.
std::vector<Tensor> abstract_inputs(const std::vector<TensorSpec>& specs);
/// Evaluates what `init_by_shape` made; InvalidArgument names a parameter that depends on the value
/// of an input.
void finish_parameters(const Tree& params);
/// `output` itself, or a placeholder like it if it depends on the value of an input.
Tensor abstract_output(const Tensor& output);
[[noreturn]] void throw_wrong_input_count(std::string_view class_name, std::size_t count);

inline constexpr std::size_t kMaxAbstractInputs = 8;

/// True if m.apply takes as many tensors as there are `i`, followed by `Args`.
template <class M, class... Args, std::size_t... i>
constexpr bool takes_tensors(std::index_sequence<i...>) {
  return requires(const M& m, const Tensor& x, const Args&... args) {
    m.apply((static_cast<void>(i), x)..., args...);
  };
}

/// init with `count` abstract inputs in front of `args`. A module's number of inputs is fixed by
/// its apply; the number of specs is known at run time only, so each possible one is tried.
template <std::size_t count, class M, class... Args>
auto init_by_shape(const M& module, const std::optional<std::string>& name, const Tensor& key,
                   const std::vector<TensorSpec>& specs, const Args&... args) {
  using Count = std::make_index_sequence<count>;
  if constexpr (takes_tensors<M, Args...>(Count())) {
    if (specs.size() == count) {
      const TraceLevel level;
      const std::vector<Tensor> inputs = abstract_inputs(specs);
      auto result = [&]<std::size_t... i>(std::index_sequence<i...>) {
        return init(module, name, key, inputs[i]..., args...);
      }
      (Count());
      finish_parameters(result.params);
      tree::for_each_leaf(result.output, [](Tensor& tensor) { tensor = abstract_output(tensor); });
      return result;
    }
    if constexpr (count < kMaxAbstractInputs &&
                  takes_tensors<M, Args...>(std::make_index_sequence<count + 1>())) {
      return init_by_shape<count + 1>(module, name, key, specs, args...);
    }
    throw_wrong_input_count(class_name<M>(), specs.size());
  } else {
    static_assert(count < kMaxAbstractInputs, "init_by_shape: apply takes no tensors first");
    return init_by_shape<count + 1>(module, name, key, specs, args...);
  }
}

template <class M, class Output>
Created<Output, M> with_model(const M& module, Initialized<Output> initialized) {
  return {std::move(initialized.output), Model<M>(module, std::move(initialized.params))};
}

}  // namespace detail

/// A module under a name of its own: `Dense{.features = 10}.named("head")(x)`.
template <class M>
struct Named {
  M module;
  std::string name;

  template <class... Args>
  auto operator()(Args&&... args) const {
    return detail::apply_in_parent(module, name, std::forward<Args>(args)...);
  }
  template <class... Args>
  auto init(const Tensor& key, Args&&... args) const {
    return detail::init(module, name, key, std::forward<Args>(args)...);
  }
  template <class... Args>
  auto init_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                     const Args&... args) const {
    return detail::init_by_shape<0>(module, name, key, specs, args...);
  }
  template <class... Args>
  auto create(const Tensor& key, Args&&... args) const {
    return detail::with_model(module, init(key, std::forward<Args>(args)...));
  }
  template <class... Args>
  auto create_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                       const Args&... args) const {
    return detail::with_model(module, init_by_shape(key, specs, args...));
  }
  template <class... Args>
  auto call(const Tree& params, Args&&... args) const {
    return detail::call(module, name, params, std::forward<Args>(args)...);
  }
};

/// Base of a module M: an aggregate whose fields are its options and whose `apply` is what it does.
///
///   struct Scale : nn::Module<Scale> {
///     Tensor apply(const Tensor& x) const { return x * param("scale", {x.dim(-1)}, ones()); }
///   };
///
/// Naming the type with its options is partial application; calling it, inside another module's
/// apply, applies it under a name made of the class's name and a counter that all sub-modules of
/// the caller share: Conv_0, Conv_1, Dense_2.
template <class M>
struct Module {
  template <class... Args>
  auto operator()(Args&&... args) const {
    return detail::apply_in_parent(self(), {}, std::forward<Args>(args)...);
  }

  Named<M> named(std::string name) const { return {self(), std::move(name)}; }

  /// This module with some fields changed: m.partial(&M::bias, false, &M::features, 4). Later
  /// settings win.
  template <class T, class Owner, class V, class... Rest>
  M partial(T Owner::*field, V&& value, Rest&&... rest) const {
    M changed = self();
    changed.*field = std::forward<V>(value);
    if constexpr (sizeof...(rest) == 0) {
      return changed;
    } else {
      return changed.partial(std::forward<Rest>(rest)...);
    }
  }

  /// Runs apply and creates the parameters: (output, params).
  template <class... Args>
  auto init(const Tensor& key, Args&&... args) const {
    return detail::init(self(), {}, key, std::forward<Args>(args)...);
  }

  /// The same for inputs of which only shapes (and dtypes; default float32) are given. Nothing of
  /// the forward pass is computed; the output's tensors have shape and dtype, but no value.
  template <class... Args>
  auto init_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                     const Args&... args) const {
    return detail::init_by_shape<0>(self(), {}, key, specs, args...);
  }

  /// As init, but the result holds a Model: fields `output` and `model`.
  template <class... Args>
  auto create(const Tensor& key, Args&&... args) const {
    return detail::with_model(self(), init(key, std::forward<Args>(args)...));
  }

  /// As init_by_shape, but the result holds a Model: fields `output` and `model`.
  template <class... Args>
  auto create_by_shape(const Tensor& key, const std::vector<TensorSpec>& specs,
                       const Args&... args) const {
    return detail::with_model(self(), init_by_shape(key, specs, args...));
  }

  /// Runs apply with existing parameters.
  template <class... Args>
  auto call(const Tree& params, Args&&... args) const {
    return detail::call(self(), {}, params, std::forward<Args>(args)...);
  }

 protected:
  // For apply; see frame.h and collection.h.
  static Tensor param(std::string_view name, const Shape& shape, const Initializer& initializer) {
    return nn::param(name, shape, initializer);
  }
  static Tensor get_param(std::string_view name) { return nn::get_param(name); }
  static State state(std::string_view name, const Shape& shape, const Initializer& initializer,
                     Collection* collection = nullptr) {
    return nn::state(name, shape, initializer, collection);
  }
  static bool is_initializing() { return nn::is_initializing(); }
  static bool is_stateful() { return nn::is_stateful(); }

 private:
  const M& self() const { return static_cast<const M&>(*this); }
};

/// A module and its parameters as one immutable value. As a tree its tensors are the parameters;
/// the module is fixed, and compared by identity under `jit`.
template <class M>
class Model {
 public:
  Tree params;

  Model(M module, Tree parameters)
      : params(std::move(parameters)), module_(std::make_shared<const M>(std::move(module))) {}

  const M& module() const { return *module_; }

  template <class... Args>
  auto operator()(Args&&... args) const {
    return module_->call(params, std::forward<Args>(args)...);
  }

  /// The model's call under a name: model.named("inner")(x).
  auto named(std::string name) const {
    return [module = module_, parameters = params,
            name = std::move(name)]<class... Args>(Args&&... args) {
      return detail::call(*module, name, parameters, std::forward<Args>(args)...);
    };
  }

  /// This model with other parameters.
  Model replace(Tree parameters) const {
    Model changed = *this;
    changed.params = std::move(parameters);
    return changed;
  }

  /// This model with fields of its module changed; see Module::partial.
  template <class... Args>
  Model partial(Args&&... args) const {
    return Model(module_->partial(std::forward<Args>(args)...), params);
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
