// check_gradients: is a derivative right? Against differences, in one line.
#pragma once

#include <string>
#include <vector>

#include <linseed/framework/autodiff/mould.h>

namespace linseed {

struct GradientCheckOptions {
  int order = 1;             // 2 checks the derivative of the derivative instead
  double tolerance = 1e-6;   // allowed: tolerance · max(1, the largest numeric derivative)
  double step = 1e-5;        // of the differences
  int max_per_tensor = 100;  // elements tried of each tensor, evenly spread
};

/// What a check found.
struct GradientCheck {
  double worst = 0;     // the largest deviation, in units of what is allowed; NaN if one is NaN
  std::string where;    // of it: "kernel[7]", or "a common direction"
  double analytic = 0;  // the two derivatives there
  double numeric = 0;
  int derivatives = 0;  // compared

  bool passes() const { return worst <= 1; }
  explicit operator bool() const { return passes(); }
};

/// "passed: 36 derivatives, the worst off by 0.003 of what is allowed", or where it failed and how.
std::string to_string(const GradientCheck& check);

namespace detail {

GradientCheck check_gradients(const LeafFunction& f, const std::vector<tree::NamedLeaf>& inputs,
                              const GradientCheckOptions& options);

/// Fixed numbers of either sign with magnitudes in [0.5, 1.5), float64.
Tensor uneven_weights(const Shape& shape, unsigned seed);

}  // namespace detail

/// The derivative of f at `inputs` against central differences of fourth order, in float64:
///   f′ ≈ (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12 h
/// `inputs` is a tree, whose floating tensors are converted and differentiated; f takes it, or its
/// elements if it is a tuple, and returns any tree. What is differentiated is Σ wᵢ f(x)ᵢ with fixed
/// uneven weights, since for a plain sum much cancels: that of a normalised batch has derivative 0.
/// Besides single elements a common direction of all of them is tried. Conversions of float64 to
/// narrower floats are left out, in f and in its derivative. Choose inputs away from kinks.
/// InvalidArgument if there is nothing to compare.
///
///   check_gradients([](const Tensor& x) { return tanh(x) * x; }, x).passes()
template <class F, class Inputs>
GradientCheck check_gradients(const F& f, const Inputs& inputs,
                              const GradientCheckOptions& options = {}) {
  const auto function = [&](const std::vector<Tensor>& leaves) {
    const Inputs arguments = tree::with_leaves(inputs, leaves);
    if constexpr (std::is_invocable_v<const F&, const Inputs&>) {
      return tree::leaves(f(arguments));
    } else {
      return tree::leaves(std::apply(f, arguments));
    }
  };
  return detail::check_gradients(function, tree::named_leaves(inputs), options);
}

}  // namespace linseed

template <>
struct fmt::formatter<linseed::GradientCheck> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const linseed::GradientCheck& check, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::to_string(check), context);
  }
};
