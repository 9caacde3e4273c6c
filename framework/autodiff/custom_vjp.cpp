// The row of a program with a derivative given by the user.
#include <linseed/framework/autodiff/custom_vjp.h>

#include <linseed/framework/autodiff/carry_internal.h>
#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/graph/trace.h>
#include <linseed/framework/kernels/control_flow.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

using detail::CustomBackward;

/// Runs (results…, residuals…) = forward(arguments…, captured…).
struct CustomAttributes {
  std::shared_ptr<const Program> body;
  std::shared_ptr<const CustomBackward> backward;
  int arguments = 0;
  int results = 0;

  bool operator==(const CustomAttributes&) const = default;
};

void add(Tensor& sum, const Tensor& part) {
  if (part.defined()) sum = sum.defined() ? sum + part : part;
}

void check_cotangent(const Tensor& cotangent, const Tensor& argument) {
  if (cotangent.defined() && cotangent.spec() != argument.spec()) {
    throw InvalidArgument("custom_vjp: backward gives a cotangent {} for an argument {}",
                          cotangent.spec(), argument.spec());
  }
}

/// From the results by the user's rule.
void add_from_results(const Backward& b, const CustomAttributes& a, Tensors& cotangents) {
  Tensors residuals, arrived;
  bool any = false;
  for (int i = 0; i < a.results; ++i) {
    any |= b.cotangent(i).defined();
    arrived.push_back(or_zeros(b.cotangent(i), b.output(i)));
  }
  if (!any) return;
  for (int i = a.arguments; i < b.input_count(); ++i) {
    if (!b.needs(i)) continue;
    throw NotSupported(
        "custom_vjp: the function uses a tensor {} from outside whose derivative is wanted; make "
        "it an argument, so that backward gives its cotangent",
        b.input(i).spec());
  }
  for (auto i = static_cast<std::size_t>(a.results); i < output_specs(*a.body).size(); ++i) {
    residuals.push_back(b.output(static_cast<int>(i)));
  }
  const Tensors parts = (*a.backward)(residuals, arrived);
  for (int i = 0; i < a.arguments; ++i) {
    if (!b.needs(i) || !is_floating(b.input(i).dtype())) continue;
    check_cotangent(parts[static_cast<std::size_t>(i)], b.input(i));
    add(cotangents[static_cast<std::size_t>(i)], parts[static_cast<std::size_t>(i)]);
  }
}

/// From the residuals, which a derivative of `backward` asks for, through forward as it stands.
void add_from_residuals(const Backward& b, const CustomAttributes& a, Tensors& cotangents) {
  const std::vector<TensorSpec> outputs = output_specs(*a.body);
  Tensors arrived(outputs.size());
  bool any = false;
  for (auto i = static_cast<std::size_t>(a.results); i < outputs.size(); ++i) {
    if (is_floating(outputs[i].dtype)) arrived[i] = b.cotangent(static_cast<int>(i));
    any |= arrived[i].defined();
  }
  if (!any) return;
  Tensors inputs;
  std::vector<bool> needed;
  for (int i = 0; i < b.input_count(); ++i) {
    inputs.push_back(b.input(i));
    needed.push_back(b.needs(i));
  }
  const Tensors parts = pull_back(*a.body, inputs, arrived, needed);
  for (std::size_t i = 0; i < parts.size(); ++i) add(cotangents[i], parts[i]);
}

const Primitive kCustomVjp{
    .name = "custom_vjp",
    .type = [](Specs, const Attributes& a) { return output_specs(*a.as<CustomAttributes>().body); },
    .joint_kernel = kernels::call_program,
    .derivative = [](const Backward& b) -> Tensors {
      const auto& a = b.attributes().as<CustomAttributes>();
      Tensors cotangents(static_cast<std::size_t>(b.input_count()));
      add_from_results(b, a, cotangents);
      add_from_residuals(b, a, cotangents);
      return cotangents;
    },
    .programs = [](const Attributes& a) -> std::vector<const Program*> {
      return {a.as<CustomAttributes>().body.get()};
    },
    .takes_halves = true,  // its program knows what to do with them
};

}  // namespace

Rows custom_vjp_rows() { return {&kCustomVjp}; }

bool detail::is_differentiated() { return ReverseScope::derivatives_ahead() > 0; }

Tensors detail::custom_vjp(const std::function<CustomForward(const Tensors&)>& forward,
                           std::shared_ptr<const CustomBackward> backward,
                           const Tensors& arguments) {
  check_defined(arguments, "custom_vjp");
  CustomAttributes attributes;
  attributes.backward = std::move(backward);
  attributes.arguments = static_cast<int>(arguments.size());
  Tensors inputs = arguments;
  {
    const PlaceholderScope scope;
    const Tensors placeholders = placeholders_like(arguments, "custom_vjp");
    const auto [results, residuals] = forward(placeholders);
    check_defined(results, "custom_vjp");
    check_defined(residuals, "custom_vjp");
    attributes.results = static_cast<int>(results.size());
    Tensors outputs = results;
    outputs.insert(outputs.end(), residuals.begin(), residuals.end());
    auto [program, captured] = close_over(outputs, placeholders);
    attributes.body = std::move(program);
    inputs.insert(inputs.end(), captured.begin(), captured.end());
  }
  const int results = attributes.results;
  Tensors outputs = apply_all(kCustomVjp, std::move(inputs), std::move(attributes));
  outputs.resize(static_cast<std::size_t>(results));
  return outputs;
}

}  // namespace linseed
