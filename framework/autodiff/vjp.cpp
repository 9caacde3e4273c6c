#include <linseed/framework/autodiff/vjp.h>

#include <linseed/framework/autodiff/reverse.h>
#include <linseed/framework/ops/create.h>

namespace linseed::detail {
namespace {

void check_like(const std::vector<Tensor>& given, const std::vector<TensorSpec>& wanted,
                std::string_view what) {
  tree::check_leaf_count(wanted.size(), given.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_floating(wanted[i].dtype)) continue;
    if (!given[i].defined() || given[i].spec() != wanted[i]) {
      throw InvalidArgument("{} {} belongs to a tensor {}; shapes and dtypes must be equal", what,
                            given[i].defined() ? to_string(given[i].spec()) : "(undefined)",
                            wanted[i]);
    }
  }
}

std::vector<TensorSpec> specs_of(const std::vector<Tensor>& tensors) {
  std::vector<TensorSpec> specs;
  for (const Tensor& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

/// Those of `tensors` whose namesake in `specs` is floating.
std::vector<Tensor> floating_of(const std::vector<Tensor>& tensors,
                                const std::vector<TensorSpec>& specs) {
  std::vector<Tensor> chosen;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (is_floating(specs[i].dtype)) chosen.push_back(tensors[i]);
  }
  return chosen;
}

/// The cotangents of `leaves`, zeros where none arrive.
std::vector<Tensor> cotangents_of(const std::vector<Tensor>& leaves,
                                  const std::vector<Tensor>& outputs,
                                  const std::vector<Tensor>& cotangents) {
  std::vector<Tensor> result = pull_back(outputs, cotangents, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) result[i] = or_zeros(result[i], leaves[i]);
  return result;
}

}  // namespace

LinearProgram::LinearProgram(const std::vector<Tensor>& outputs, const std::vector<Tensor>& leaves)
    : outputs_(specs_of(outputs)) {
  const PlaceholderScope scope;
  const std::vector<Tensor> floating = floating_of(outputs, outputs_);
  const std::vector<Tensor> cotangents = placeholders_like(floating, "vjp");
  Closure closure = close_over(cotangents_of(leaves, floating, cotangents), cotangents);
  program_ = std::move(closure.program);
  captured_ = std::move(closure.captured);
}

std::vector<Tensor> LinearProgram::operator()(const std::vector<Tensor>& cotangents) const {
  check_like(cotangents, outputs_, "vjp: the cotangent");
  std::vector<Tensor> inputs = floating_of(cotangents, outputs_);
  inputs.insert(inputs.end(), captured_.begin(), captured_.end());
  return apply_program(*program_, inputs);
}

// The pullback is linear in the cotangent, so its own pullback, at any cotangent, is the
// derivative.
std::vector<Tensor> push_forward(const std::vector<Tensor>& outputs,
                                 const std::vector<Tensor>& leaves,
                                 const std::vector<Tensor>& tangents) {
  check_like(tangents, specs_of(leaves), "jvp: the tangent");
  const std::vector<TensorSpec> specs = specs_of(outputs);
  const std::vector<Tensor> floating = floating_of(outputs, specs);
  std::vector<Tensor> anywhere;
  for (const Tensor& output : floating) anywhere.push_back(identity(zeros_like(output)));
  const std::vector<Tensor> pulled = cotangents_of(leaves, floating, anywhere);
  const ReverseScope scope;  // what was pulled is differentiated here, what is pushed is not
  const std::vector<Tensor> pushed = cotangents_of(anywhere, pulled, tangents);

  std::vector<Tensor> result;
  auto next = pushed.begin();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    // A tensor that is not floating does not move.
    result.push_back(is_floating(specs[i].dtype) ? *next++ : zeros_like(outputs[i]));
  }
  return result;
}

}  // namespace linseed::detail
