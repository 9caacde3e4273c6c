// pmap: a function run by replicas that can exchange values under a name.
#pragma once

#include <tuple>

#include <linseed/framework/autodiff/mould.h>
#include <linseed/framework/autodiff/replicas.h>
#include <linseed/framework/ops/collectives.h>
#include <linseed/framework/plan/jit.h>

namespace linseed {

/// A function on stacked arguments; see pmap.
template <class F>
struct Replicated {
  F function;
  PmapOptions options;

  template <class... Args>
  auto operator()(const Args&... args) const {
    using Result = std::remove_cvref_t<decltype(function(args...))>;
    static_assert(tree::Treelike<Result>, "pmap: the function must return a tree of tensors");
    const std::tuple<Args...> arguments = detail::stacked_for(0, std::tuple<Args...>(args...));
    const std::vector<Tensor> leaves = tree::leaves(arguments);
    const std::vector<std::string> names = detail::Mould("pmap", arguments).paths();
    const ReplicaAxis axis{options.axis_name, detail::replica_count(options, leaves, names)};
    detail::Mould<Result> result("pmap");
    const std::vector<Tensor> stacked =
        detail::replicate_call(axis, detail::on_leaves(function, arguments, result), leaves);
    return detail::stacked_for(axis.size, result.fill(stacked));
  }
};

/// `function` for replicas: arguments and results are trees whose tensors have one entry for each
/// replica in front, [replicas, …], and `function` is given one replica's entries. Inside, replicas
/// exchange values along the axis by its name: psum, pmean, all_gather, … (see ops/collectives.h).
///
///   auto step = pmap(
///       [](auto params, Tensor images) {
///         auto [loss, gradient] = value_and_grad(loss_of)(params, images);
///         return std::pair(pmean(gradient, "batch"), pmean(loss, "batch"));
///       },
///       {.axis_name = "batch"});
///   auto [gradient, loss] = step(replicate(params, 8), shard(images, 8));
///
/// Replicas run in one process and in step: from one exchange to the next each on its own, side by
/// side on the threads there are, and through the exchange together. So any number of replicas runs
/// on any number of threads, with the same bits. What `function` captures, all replicas see whole.
/// It is traced once and its plan kept, as by jit; inside of jit, grad, scan or another pmap it is
/// one of their steps. Its derivative is pmap of the derivative, which runs the forward pass again:
/// take derivatives inside, as above, where you can. Arguments that are no tensors are the same for
/// all. A cond or while_loop around an exchange must decide alike on all replicas: an
/// error if not.
template <class F>
auto pmap(F function, PmapOptions options = {}) {
  return jit(Replicated<F>{std::move(function), std::move(options)});
}

}  // namespace linseed
