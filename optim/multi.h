// Rules for parts of a model.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <linseed/optim/optimizer.h>

namespace linseed::optim {

/// Which parameters are meant: those of which it says true, given the path in the target
/// ("params/Conv_0/kernel") and the value. It is a function, or a lambda that captures nothing, and
/// so has an identity: jit compares it.
struct Filter {
  using Function = bool (*)(std::string_view path, const Tensor& param);
  Function function;

  bool operator()(std::string_view path, const Tensor& param) const {
    return function(path, param);
  }
  bool operator==(const Filter&) const = default;
};

/// All parameters.
bool everything(std::string_view path, const Tensor& param);
/// Those that weight decay is meant for: all but the ones called "bias" or "scale". So it leaves
/// biases alone, and normalisation, whose scale the layers behind it make up for.
bool decays(std::string_view path, const Tensor& param);

/// A rule and what it is for.
template <class R>
struct Part {
  Filter filter;
  R rule;

  static constexpr auto tree = fields<&Part::filter, &Part::rule>;
};

template <class R>
Part<R> on(Filter::Function filter, R rule) {
  return {{filter}, std::move(rule)};
}

/// For each parameter the rule of the last part that selects it; the others stay as they are. The
/// step is counted once for all. State per parameter: that of its rule, or none.
///   const auto rule = optim::multi(
///       optim::on(optim::everything, optim::Adam{.learning_rate = 1e-3}),
///       optim::on(optim::decays, optim::Adam{.learning_rate = 1e-3, .weight_decay = 0.01f}));
///   optimizer.apply_gradient(gradient, &optim::Adam::learning_rate, rate);   // of both
/// (flax.optim.MultiOptimizer; its overlapping parts have the same results.)
template <class... Rules>
struct Multi final : Rule<Multi<Rules...>> {
  std::tuple<Part<Rules>...> parts;

  static constexpr auto tree = fields<&Multi::parts>;

  /// Sets the field in all parts whose rule has it.
  template <class Owner, class T, class V>
  requires(std::same_as<Rules, Owner> || ...) void set(T Owner::*field, const V& value) {
    const auto set_in = [&](auto& part) {
      if constexpr (std::same_as<std::remove_cvref_t<decltype(part.rule)>, Owner>) {
        part.rule.*field = value;
      }
    };
    std::apply([&](auto&... part) { (set_in(part), ...); }, parts);
  }

  void check_rates() const {
    std::apply([](const auto&... part) { (part.rule.check_rates(), ...); }, parts);
  }

  Tree init_at(const std::string& path, const Tensor& param) const {
    Tree state;
    with_rule(path, param, [&](const auto& rule) { state = rule.init_at(path, param); });
    return state;
  }

  ParamUpdate update_at(const std::string& path, const Tensor& step, const Tensor& param,
                        const Tree& state, const Tensor& gradient) const {
    ParamUpdate result{param, state};
    with_rule(path, param, [&](const auto& rule) {
      result = rule.update_at(path, step, param, state, gradient);
    });
    return result;
  }

 private:
  /// Calls `f` with the rule for that parameter, if there is one.
  template <class F>
  void with_rule(const std::string& path, const Tensor& param, const F& f) const {
    std::apply(
        [&](const auto&... part) {
          int left = (0 + ... + int{part.filter(path, param)});  // parts that select it
          const auto call_if_last = [&](const auto& each) {
            if (each.filter(path, param) && --left == 0) f(each.rule);
          };
          (call_if_last(part), ...);
        },
        parts);
  }
};

template <class... Rules>
Multi<Rules...> multi(Part<Rules>... parts) {
  return {{}, {std::move(parts)...}};
}

}  // namespace linseed::optim
