// jit: a function traced once for each kind of arguments, then run as a plan.
#pragma once

#include <any>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <typeindex>
#include <vector>

#include <linseed/framework/core/tree.h>
#include <linseed/framework/graph/fixed_parts.h>
#include <linseed/framework/graph/print.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/plan/profile_scope.h>

namespace linseed {

/// What a plan depends on: the specs of the arguments' tensors, and everything else about them.
struct Signature {
  std::vector<TensorSpec> specs;
  std::vector<std::string> spec_names;
  FixedParts fixed;
  std::string structure;  // names and kinds of containers, and for how many replicas each is
  std::type_index arguments = typeid(void);

  bool operator==(const Signature& other) const;
};

/// Reads the signature off the arguments.
struct SignatureVisitor : tree::NameVisitor {
  Signature signature;

  void enter(tree::Kind kind);
  void key(std::string_view name);
  void leave();
  void leaf(const Tensor& tensor);
  void replicas(const int& count);
  template <class T>
  void fixed(const T& value) {
    signature.fixed.add(value, path());
  }

 private:
  std::string path() const { return tree::NamedLeaf{names, {}}.path(); }
};

/// The plans of one function. Shared by the copies of the compiled function.
class JitCache {
 public:
  /// One plan, with the result of the trace as the mould for later results.
  struct Entry;

  JitCache();
  ~JitCache();

  std::shared_ptr<const Entry> find(const Signature& signature) const;

  /// Closes and plans the graph from `placeholders`, of the current trace, to `results`. What does
  /// not depend on them is evaluated: it is the same in every call. Warns at the eighth plan.
  std::shared_ptr<const Entry> add(Signature signature, const std::vector<Tensor>& results,
                                   const std::vector<Tensor>& placeholders, std::any mould);

  /// Runs the plan on `arguments` and returns the results, evaluated. An argument that is its
  /// tensor's last handle may give its memory to a result.
  static std::vector<Tensor> run(const Entry& entry, std::vector<Tensor> arguments);
  static const std::any& mould(const Entry& entry);

  int trace_count() const;
  std::string explain() const;
  /// All programs and all plans, as `describe` has them.
  std::string describe_programs(const PrintOptions& options) const;
  std::string describe_plans(const PrintOptions& options) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Entry>> entries_;
};

/// A compiled function. Copies share their plans.
template <class F>
class Jitted {
 public:
  explicit Jitted(F function) : function_(std::move(function)) {}

  template <class... Args>
  auto operator()(Args&&... args) const {
    std::tuple<std::decay_t<Args>...> arguments(std::forward<Args>(args)...);
    bool inlined = InlineScope::is_open();
    tree::for_each_leaf(std::as_const(arguments),
                        [&](const Tensor& tensor) { inlined |= tensor.is_traced(); });
    if (inlined) return std::apply(function_, std::move(arguments));
    return run(std::move(arguments));
  }

  /// How often the function has been traced.
  int trace_count() const { return cache_->trace_count(); }

  /// The plan of each trace as a table: captured tensors, steps, what they cost and, after calls
  /// under a profile, their times; see explain(const Plan&). Under set_check_finite the plan of the
  /// program as it was written, which is what then runs.
  friend std::string explain(const Jitted& jitted) { return jitted.cache_->explain(); }

  /// The program of each trace, or its plan, with a summary; see print_program(const Program&) and
  /// print_plan(const Plan&).
  friend void print_program(const Jitted& jitted, const PrintOptions& options = {},
                            std::FILE* to = stdout) {
    fmt::print(to, "{}", jitted.cache_->describe_programs(options));
  }
  friend void print_plan(const Jitted& jitted, const PrintOptions& options = {},
                         std::FILE* to = stdout) {
    fmt::print(to, "{}", jitted.cache_->describe_plans(options));
  }

 private:
  template <class Arguments>
  auto run(Arguments arguments) const {
    using Result = std::remove_cvref_t<decltype(std::apply(function_, std::move(arguments)))>;
    static_assert(tree::Treelike<Result>, "jit: the function must return a tree of tensors");

    SignatureVisitor visitor;
    tree::visit(std::as_const(arguments), visitor);
    visitor.signature.arguments = typeid(Arguments);
    std::vector<Tensor> leaves;
    tree::for_each_leaf(arguments, [&](Tensor& tensor) { leaves.push_back(std::move(tensor)); });

    auto entry = cache_->find(visitor.signature);
    if (!entry) entry = trace<Result>(std::move(arguments), leaves, std::move(visitor.signature));
    return tree::with_leaves(std::any_cast<const Result&>(JitCache::mould(*entry)),
                             JitCache::run(*entry, std::move(leaves)));
  }

  template <class Result, class Arguments>
  auto trace(Arguments arguments, const std::vector<Tensor>& leaves, Signature signature) const {
    const ProfileScope profile("jit compile");
    const PlaceholderScope scope;
    const std::vector<Tensor> placeholders = placeholders_like(leaves, "jit");
    Result result = std::apply(function_, tree::with_leaves(std::move(arguments), placeholders));
    const std::vector<Tensor> results = tree::leaves(result);
    // The mould keeps the result's structure, not the graph behind its tensors.
    tree::for_each_leaf(result, [](Tensor& tensor) { tensor = Tensor(); });
    return cache_->add(std::move(signature), results, placeholders, std::move(result));
  }

  F function_;
  std::shared_ptr<JitCache> cache_ = std::make_shared<JitCache>();
};

/// Compiles `function`, whose arguments and result are trees of tensors.
///
/// The first call with arguments of a new signature traces the function on placeholders and plans
/// it, with equal steps computed once, element-wise ones put together and factors taken out of sums
/// (see passes.h), of which only the last changes bits; every call runs the plan at once and
/// returns evaluated tensors. The signature is the shape and dtype of each tensor, and everything
/// else in the arguments by `==`: numbers (−0 is not 0), strings, rules; a Model's module by
/// identity. Inside the function no value can be read, and C++ `if` sees only shapes and those
/// fixed parts. Tensors the function captures are constants of the trace. Called on traced tensors,
/// or inside a module or another transformation, it runs inline. An argument that is moved in, and
/// was the last handle, may be overwritten by a result; if the call throws, it is gone. All plans
/// are kept as long as a copy of the compiled function lives, and a call compares its signature
/// with one after the other: meant for a few signatures, not for one in each call.
template <class F>
Jitted<F> jit(F function) {
  return Jitted<F>(std::move(function));
}

}  // namespace linseed
