// scan and map: loops whose length is known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <linseed/framework/autodiff/mould.h>

namespace linseed {

struct ScanOptions {
  std::optional<std::int64_t> length = {};  // needed only where there is no sequence
  bool reverse = false;                     // from the last entry to the first
};

namespace detail {

struct ScanResult {
  std::vector<Tensor> carry;
  std::vector<Tensor> ys;  // [length, …]
};

/// One run, on leaves: (carry, x) -> (carry, y).
using ScanBody =
    std::function<ScanResult(const std::vector<Tensor>& carry, const std::vector<Tensor>& x)>;

/// The loop on leaves; `names` are those of the carry's, for error messages.
ScanResult scan(const ScanBody& body, const std::vector<Tensor>& init,
                const std::vector<Tensor>& xs, const ScanOptions& options,
                const std::vector<std::string>& names);

}  // namespace detail

/// carry, y[i] = f(carry, x[i]) for i = 0 … length − 1: (the last carry, all y stacked).
///
/// `init` and `xs` are trees; each tensor of `xs` has the dimension `length` first, and f is given
/// its entries. f returns a pair (carry, y), carry with the shapes and dtypes of `init` and alike
/// in all that is no tensor, y any tree (`std::tuple<>{}` for nothing). f is traced once, so it
/// cannot read values; what it captures are inputs of the loop like any other. The whole loop is
/// one step of a plan, and its memory does not grow with `length` beyond `xs` and `ys`.
///
/// Derivatives: the carries are kept, and each run is computed again on the way back, so nothing
/// inside of f has to be. InvalidArgument for lengths that differ, or a carry that changes its
/// type.
template <class F, class Carry, class Xs>
auto scan(const F& f, const Carry& init, const Xs& xs, const ScanOptions& options = {}) {
  using Y = std::remove_cvref_t<decltype(f(init, xs).second)>;
  const detail::Mould<Carry> carry("scan", init);
  detail::Mould<Y> y("scan");
  const auto [last, ys] = detail::scan(
      [&](const std::vector<Tensor>& carry_leaves, const std::vector<Tensor>& x_leaves) {
        const auto [next, result] =
            f(tree::with_leaves(init, carry_leaves), tree::with_leaves(xs, x_leaves));
        return detail::ScanResult{carry.fit(next), y.take(result)};
      },
      tree::leaves(init), tree::leaves(xs), options, carry.paths());
  return std::pair(carry.fill(last), y.fill(ys));
}

/// f(x[0]), f(x[1]), … stacked: a scan that carries nothing.
template <class F, class Xs>
auto map(const F& f, const Xs& xs) {
  return scan([&](std::tuple<>, const Xs& x) { return std::pair(std::tuple<>{}, f(x)); },
              std::tuple<>{}, xs)
      .second;
}

}  // namespace linseed
