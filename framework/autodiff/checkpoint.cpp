// The row of a program run as one step, whose derivative runs it again.
#include <linseed/framework/autodiff/checkpoint.h>

#include <linseed/framework/autodiff/carry_internal.h>
#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/kernels/control_flow.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using kernels::CallAttributes;

Tensors derivative(const Backward& b);

const Primitive kCheckpoint{
    .name = "checkpoint",
    .type = [](Specs, const Attributes& a) { return output_specs(*a.as<CallAttributes>().body); },
    .joint_kernel = kernels::call_program,
    .derivative = derivative,
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<CallAttributes>().body.get()};
    },
    .takes_halves = true,  // its program knows what to do with them
};

/// The way back, its way there included, as one step of its own.
Tensors derivative(const Backward& b) {
  const Program& body = *b.attributes().as<CallAttributes>().body;
  Tensors inputs, cotangents;
  std::vector<bool> needed;
  for (int i = 0; i < b.input_count(); ++i) {
    inputs.push_back(b.input(i));
    needed.push_back(b.needs(i) && is_floating(b.input(i).dtype()));
  }
  for (std::size_t i = 0; i < body.outputs.size(); ++i) {
    cotangents.push_back(b.cotangent(static_cast<int>(i)));
  }

  const PlaceholderScope scope;
  const Tensors traced_inputs = placeholders_like(inputs, "checkpoint");
  const Tensors traced_cotangents = placeholders_like(cotangents, "checkpoint");
  const Tensors parts = pull_back(body, traced_inputs, traced_cotangents, needed);
  Tensors arguments = inputs, placeholders = traced_inputs, results;
  for (std::size_t i = 0; i < cotangents.size(); ++i) {
    if (!cotangents[i].defined()) continue;
    arguments.push_back(cotangents[i]);
    placeholders.push_back(traced_cotangents[i]);
  }
  for (const Tensor& part : parts) {
    if (part.defined()) results.push_back(part);
  }
  if (results.empty()) return parts;
  auto [program, captured] = close_over(results, placeholders);
  arguments.insert(arguments.end(), captured.begin(), captured.end());
  const Tensors computed = apply_all(kCheckpoint, std::move(arguments), CallAttributes{program});

  Tensors gradients(parts.size());
  auto next = computed.begin();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].defined()) gradients[i] = *next++;
  }
  return gradients;
}

}  // namespace

Rows checkpoint_rows() { return {&kCheckpoint}; }

Tensors detail::checkpoint(const LeafFunction& function, const Tensors& inputs) {
  if (ReverseScope::derivatives_ahead() <= 0) return function(inputs);
  check_defined(inputs, "checkpoint");
  Tensors arguments = inputs;
  Closure closure;
  {
    const PlaceholderScope scope;
    const Tensors placeholders = placeholders_like(inputs, "checkpoint");
    const Tensors results = function(placeholders);
    check_defined(results, "checkpoint");
    closure = close_over(results, placeholders);
  }
  arguments.insert(arguments.end(), closure.captured.begin(), closure.captured.end());
  return apply_all(kCheckpoint, std::move(arguments), CallAttributes{closure.program});
}

}  // namespace linseed
