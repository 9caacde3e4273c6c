#include <linseed/framework/module/stochastic.h>

#include <vector>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/module/frame.h>
#include <linseed/framework/ops/random.h>

namespace linseed::nn {
namespace {

struct Source {
  Tensor key;
  std::uint32_t draws = 0;
  int placeholder_depth = 0;  // of transformations, when it was opened

  /// False in a function that is traced now and run later, where a draw would be a constant.
  bool is_open_here() const { return placeholder_depth == PlaceholderScope::depth(); }
};

thread_local std::vector<Source> sources;

}  // namespace

StochasticScope::StochasticScope(const Tensor& key) {
  detail::check_key(key, "stochastic");
  sources.push_back({key, 0, PlaceholderScope::depth()});
}

StochasticScope::~StochasticScope() { sources.pop_back(); }

Tensor make_rng() {
  if (sources.empty()) {
    throw ModuleError(ModuleRule::E26,
                      "randomness needs a key: run the model inside of stochastic(key, …)");
  }
  Source& source = sources.back();
  if (!source.is_open_here()) {
    // stochastic(key, [&] { return step(model, x); }) with a compiled step.
    throw InvalidArgument(
        "make_rng: stochastic(…) was opened outside of the function that jit, scan or another "
        "transformation traces, so every run of it would draw the same numbers; pass a key to that "
        "function and open stochastic(key, …) inside of it");
  }
  return random::fold_in(source.key, ++source.draws);
}

bool is_stochastic() { return !sources.empty(); }

LiftedStochasticScope::LiftedStochasticScope() {
  if (!sources.empty() && sources.back().is_open_here()) scope_.emplace(make_rng());
}

}  // namespace linseed::nn
