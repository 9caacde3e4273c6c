// What is the same in every run is computed while the program is planned.
#include <array>
#include <map>
#include <optional>

#include <linseed/framework/graph/primitive.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/kernel.h>
#include <linseed/framework/kernels/reduce.h>
#include <linseed/framework/plan/parallel_internal.h>
#include <linseed/framework/plan/passes.h>

namespace linseed {
namespace {

using kernels::FillAttributes;
using Step = Program::Step;

/// Memory of one number.
using Cell = std::array<std::byte, 8>;

const Shape kScalar{};

/// The number that `array` begins with, for a tensor of it.
FillAttributes number_in(const Array& array, const TensorSpec& spec) {
  FillAttributes number{.spec = spec};
  visit_computable(array.dtype, [&](auto zero) {
    const auto value = *array.as<decltype(zero)>();
    number.floating = static_cast<double>(value);
    if (!is_floating(array.dtype)) number.integer = static_cast<std::int64_t>(value);
  });
  return number;
}

/// One element of what an element-wise step gives for constants.
FillAttributes computed(const Step& step, std::vector<FillAttributes> operands,
                        const TensorSpec& result) {
  std::vector<Cell> cells(operands.size() + 1);
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    arrays.push_back({cells[i].data(), kScalar, operands[i].spec.dtype});
  }
  arrays.push_back({cells.back().data(), kScalar, result.dtype});
  const std::span<const Array> all(arrays);
  const ParallelFor serially = [](std::int64_t items, double, const RangeBody& body) {
    body(0, items);
  };
  run_in_arena([&] {  // where subnormal numbers are flushed to zero, as in every run
    for (std::size_t i = 0; i < operands.size(); ++i) {
      kernels::fill({{}, all.subspan(i, 1), &operands[i], serially});
    }
    const auto inputs = all.first(operands.size());
    step.primitive->kernel({inputs, all.last(1), step.attributes.get(), serially});
  });
  return number_in(arrays.back(), result);
}

}  // namespace

Program fold_constants(Program program) {
  static const Primitive* const fill = find_primitive("fill");
  static const Primitive* const moments = find_primitive("moments");
  std::map<int, FillAttributes> constants;  // by value
  std::vector<Step> steps;
  const auto is_computable = [&](int value) {
    const DType dtype = program.spec(value).dtype;
    return dtype != bfloat16 && dtype != float16;
  };
  for (std::size_t i = 0; i < program.captured.size(); ++i) {
    const Tensor& tensor = program.captured[i];
    const int value = program.captured_values[i];
    if (tensor.ndim() != 0 || !tensor.is_evaluated() || !is_computable(value)) continue;
    void* const data = tensor.node()->buffers[static_cast<std::size_t>(tensor.output())]->data();
    constants[value] = number_in({data, kScalar, tensor.dtype()}, tensor.spec());
  }
  const auto constant_of = [&](const Step& step) -> std::optional<FillAttributes> {
    if (step.primitive->loop == nullptr || !is_computable(step.outputs[0])) return std::nullopt;
    const TensorSpec& result = program.spec(step.outputs[0]);
    std::vector<FillAttributes> operands;
    bool is_as_large = result.shape.ndim() == 0;  // as what is in memory anyway
    for (const int input : step.inputs) {
      const auto found = constants.find(input);
      if (found == constants.end() || !is_computable(input)) return std::nullopt;
      operands.push_back(found->second);
      is_as_large |= operands.back().spec.shape == result.shape;
    }
    return is_as_large ? std::optional(computed(step, std::move(operands), result)) : std::nullopt;
  };
  const auto give = [&](int value, const FillAttributes& number, const Step& instead) {
    constants[value] = number;
    steps.push_back({fill, number, {}, {value}, instead.label});
  };
  for (Step& step : program.steps) {
    if (step.primitive == fill) {
      constants[step.outputs[0]] = step.attributes.as<FillAttributes>();
    } else if (const auto number = constant_of(step)) {
      give(step.outputs[0], *number, step);
      continue;
    } else if (step.primitive == moments && step.inputs.size() == 1) {
      // Without a mask, the shape says how many elements there are.
      const int count = step.outputs[0];
      double elements = 1;
      for (const int axis : step.attributes.as<kernels::ReduceAttributes>().axes) {
        elements *= static_cast<double>(program.spec(step.inputs[0]).shape[axis]);
      }
      step.outputs[0] = static_cast<int>(program.values.size());
      program.values.push_back(program.spec(count));
      give(count, {elements, 0, program.spec(count)}, step);
    }
    steps.push_back(std::move(step));
  }
  program.steps = std::move(steps);
  return without_unused(std::move(program));
}

}  // namespace linseed
