#include <linseed/framework/module/init_by_shape.h>

#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/trace.h>

namespace linseed::nn::detail {
namespace {

constexpr std::string_view kTransformation = "init_by_shape";

}  // namespace

std::vector<Tensor> abstract_inputs(const std::vector<TensorSpec>& specs) {
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : specs)
    inputs.push_back(placeholder(spec, std::string(kTransformation)));
  return inputs;
}

void finish_parameters(const Tree& params) {
  std::vector<Tensor> concrete;
  for (const tree::NamedLeaf& leaf : tree::named_leaves(params)) {
    if (!leaf.tensor.is_traced()) {
      concrete.push_back(leaf.tensor);
    } else if (traced_by(leaf.tensor) == kTransformation) {
      throw InvalidArgument(
          "init_by_shape: the parameter {} depends on the value of an input, and there are only "
          "shapes; use init instead",
          leaf.path());
    }
  }
  evaluate_tensors(concrete);
}

Tensor abstract_output(const Tensor& output) {
  const bool depends_on_input =
      output.defined() && output.is_traced() && traced_by(output) == kTransformation;
  return depends_on_input ? placeholder(output.spec(), std::string(kTransformation)) : output;
}

void throw_wrong_input_count(std::string_view who, std::string_view module_name,
                             std::size_t count) {
  throw InvalidArgument("{}: {} does not take {} tensors; give one spec for each", who, module_name,
                        count);
}

}  // namespace linseed::nn::detail
