// The rows of cond and while_loop.
#include <linseed/framework/autodiff/cond.h>

#include <algorithm>

#include <linseed/framework/autodiff/carry_internal.h>
#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/graph/cost.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/kernels/control_flow.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::CondAttributes;
using kernels::WhileAttributes;

void check_predicate(const Tensor& predicate, std::string_view who) {
  if (!predicate.defined() || predicate.spec() != TensorSpec{{}, bool_}) {
    throw InvalidArgument(
        "{}: a bool scalar must decide, got {}; compare, or reduce with any or all", who,
        predicate.defined() ? to_string(predicate.spec()) : "an undefined Tensor");
  }
}

/// Input i of a branch's program is input places[i] of the choice.
std::vector<std::size_t> places_of_branch(const CondAttributes& a, bool chosen, int input_count) {
  std::vector<std::size_t> places;
  const int first_of_false = 1 + a.operands + a.captured_if_true;
  for (int i = 1; i < input_count; ++i) {
    if (i > a.operands && chosen != (i < first_of_false)) continue;
    places.push_back(static_cast<std::size_t>(i));
  }
  return places;
}

/// The cotangents of the choice's `needed` inputs if this branch was taken.
Tensors pull_back_branch(const Backward& b, bool chosen, const std::vector<bool>& needed) {
  const auto& a = b.attributes().as<CondAttributes>();
  const Program& program = chosen ? *a.if_true : *a.if_false;
  Tensors inputs, cotangents;
  std::vector<bool> needed_here;
  const auto places = places_of_branch(a, chosen, b.input_count());
  for (const std::size_t place : places) {
    inputs.push_back(b.input(static_cast<int>(place)));
    needed_here.push_back(needed[place]);
  }
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    cotangents.push_back(b.cotangent(static_cast<int>(i)));
  }
  const Tensors parts = pull_back(program, inputs, cotangents, needed_here);
  Tensors all(needed.size());
  for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = parts[i];
  Tensors wanted;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) wanted.push_back(or_zeros(all[i], b.input(static_cast<int>(i))));
  }
  return wanted;
}

const Primitive kCond{
    .name = "cond",
    .type = [](Specs,
               const Attributes& a) { return output_specs(*a.as<CondAttributes>().if_true); },
    .joint_kernel = kernels::cond,
    // Which branch runs is not known before: the dearer one.
    .flops = [](Specs, Specs, const Attributes& attributes) -> double {
      const auto& a = attributes.as<CondAttributes>();
      return std::max(flops_of(*a.if_true), flops_of(*a.if_false));
    },
    .derivative = [](const Backward& b) -> Tensors {
      std::vector<bool> needed;
      for (int i = 0; i < b.input_count(); ++i) {
        needed.push_back(b.needs(i) && is_floating(b.input(i).dtype()));
      }
      const Tensors parts = detail::cond(
          b.input(0), [&](const Tensors&) { return pull_back_branch(b, true, needed); },
          [&](const Tensors&) { return pull_back_branch(b, false, needed); }, {});
      Tensors cotangents(needed.size());
      auto part = parts.begin();
      for (std::size_t i = 0; i < needed.size(); ++i) {
        if (needed[i]) cotangents[i] = *part++;
      }
      return cotangents;
    },
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<CondAttributes>().if_true.get(), a.as<CondAttributes>().if_false.get()};
    },
    .takes_halves = true,  // its program knows what to do with them
};

const Primitive kWhileLoop{
    .name = "while_loop",
    .type = [](Specs, const Attributes& a) { return output_specs(*a.as<WhileAttributes>().body); },
    .joint_kernel = kernels::while_loop,
    .no_derivative = "how often it runs is not known before; use scan, whose length is",
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<WhileAttributes>().condition.get(), a.as<WhileAttributes>().body.get()};
    },
    .takes_halves = true,  // its program knows what to do with them
};

/// `function` traced on placeholders like `arguments`.
Closure trace(const detail::LeafFunction& function, const Tensors& arguments,
              std::string_view transformation, const std::function<void(const Tensors&)>& check) {
  const PlaceholderScope scope;
  const Tensors placeholders = placeholders_like(arguments, transformation);
  const Tensors results = function(placeholders);
  check(results);
  return close_over(results, placeholders);
}

void append(Tensors& to, const Tensors& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

Rows cond_rows() { return {&kCond, &kWhileLoop}; }

Tensors detail::cond(const Tensor& predicate, const LeafFunction& if_true,
                     const LeafFunction& if_false, const Tensors& operands) {
  check_predicate(predicate, "cond");
  const auto defined = [](const Tensors& results) { check_defined(results, "cond"); };
  const Closure first = trace(if_true, operands, "cond", defined);
  const Closure second = trace(if_false, operands, "cond", defined);
  const auto first_specs = output_specs(*first.program);
  const auto second_specs = output_specs(*second.program);
  for (std::size_t i = 0; i < first_specs.size(); ++i) {
    if (first_specs[i] == second_specs[i]) continue;
    throw InvalidArgument(
        "cond: the branches return different types, {} and {}; make them alike "
        "(astype, broadcast_to)",
        first_specs[i], second_specs[i]);
  }
  Tensors inputs{predicate};
  append(inputs, operands);
  append(inputs, first.captured);
  append(inputs, second.captured);
  return apply_all(kCond, std::move(inputs),
                   CondAttributes{first.program, second.program, static_cast<int>(operands.size()),
                                  static_cast<int>(first.captured.size())});
}

Tensors detail::while_loop(const LeafFunction& condition, const LeafFunction& body,
                           const Tensors& init, const std::vector<std::string>& names) {
  check_defined(init, "while_loop");
  const Closure test = trace(condition, init, "while_loop", [](const Tensors& results) {
    check_predicate(results.front(), "while_loop");
  });
  const Closure run = trace(body, init, "while_loop", [&](const Tensors& results) {
    check_carry("while_loop", init, results, names);
  });
  Tensors inputs = init;
  append(inputs, test.captured);
  append(inputs, run.captured);
  return apply_all(kWhileLoop, std::move(inputs),
                   WhileAttributes{test.program, run.program, static_cast<int>(init.size()),
                                   static_cast<int>(test.captured.size())});
}

}  // namespace linseed
