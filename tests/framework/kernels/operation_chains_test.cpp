// Which operations of a BatchNorm share a loop, and what they compute then.
#include <linseed/framework/kernels/operation_chains.h>

#include <algorithm>
#include <cstddef>
#include <limits>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/compare_maxima.h>
#include <linseed/framework/kernels/elementwise.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::add;
using kernels::compare_maxima;
using kernels::FusedOperation;
using kernels::Fusion;
using kernels::in_chains;
using kernels::less_equal;
using kernels::maximum;
using kernels::multiply;
using kernels::subtract;
using kernels::where;

constexpr int kInputs = 6;  // values 0 to 5, the last one a mask; results are values from 6 on
constexpr std::int64_t kCount = 37;

Fusion fusion_of(std::vector<FusedOperation> operations, std::vector<int> outputs,
                 DType dtype = float32) {
  std::vector<TensorSpec> inputs(kInputs, {{kCount}, dtype});
  inputs.back().dtype = bool_;
  return {inputs, {kCount}, std::move(operations), std::move(outputs), {}, {}};
}

FusedOperation operation(kernels::FindLoop loop, std::vector<int> operands, DType dtype = float32) {
  return {"", loop, std::move(operands), dtype};
}

using Operands = std::vector<std::vector<int>>;

Operands operands_of(const Fusion& fusion) {
  Operands operands;
  for (const FusedOperation& o : fusion.operations) operands.push_back(o.operands);
  return operands;
}

const FusedOperation kCentre = operation(subtract, {0, 1});
const FusedOperation kScale = operation(multiply, {6, 2});
const FusedOperation kShift = operation(add, {7, 3});

/// A ReLU, and the mask of its gradient in front of it.
std::vector<FusedOperation> normalize_and_relu() {
  return {kCentre, kScale, kShift, operation(less_equal, {8, 4}, bool_),
          operation(maximum, {8, 4})};
}

TEST_CASE("the longest chain of what only the next operation reads shares a loop") {
  CHECK(operands_of(in_chains(fusion_of({kCentre, kScale}, {7}))) == Operands{{0, 1}, {6, 2}});
  CHECK(operands_of(in_chains(fusion_of({kCentre, kScale, kShift}, {8}))) ==
        Operands{{0, 1, 2, 3}});
  // Sums and products come from either side, differences only from the first.
  CHECK(operands_of(in_chains(fusion_of(
            {kCentre, operation(multiply, {2, 6}), operation(add, {3, 7}), operation(add, {4, 8})},
            {9}))) == Operands{{0, 1, 2, 3, 4}});
  CHECK(operands_of(in_chains(fusion_of({kCentre, operation(subtract, {1, 6})}, {7}))).size() == 2);
  CHECK(operands_of(in_chains(
            fusion_of({kCentre, kScale, kShift, operation(add, {8, 0}), operation(maximum, {9, 4})},
                      {10}))) == Operands{{0, 1, 2, 3, 0, 4}});
  CHECK(operands_of(in_chains(fusion_of({operation(where, {5, 0, 1}), operation(multiply, {6, 2})},
                                        {7}))) == Operands{{5, 0, 1, 2}});
  CHECK(operands_of(in_chains(
            fusion_of({operation(less_equal, {0, 1}, bool_), operation(where, {6, 2, 3})}, {7}))) ==
        Operands{{0, 1, 2, 3}});
}

TEST_CASE("what others read, and other types, end a chain") {
  CHECK(operands_of(in_chains(fusion_of({kCentre, kScale, kShift}, {7, 8}))).size() == 3);
  Fusion summed = fusion_of({kCentre, kScale, kShift}, {8});
  summed.sums = {6};
  CHECK(in_chains(summed).operations.size() == 3);
  CHECK(in_chains(fusion_of({operation(subtract, {0, 1}, float64),
                             operation(multiply, {6, 2}, float64), operation(add, {7, 3}, float64)},
                            {8}, float64))
            .operations.size() == 3);
  CHECK(in_chains(fusion_of({kCentre, kScale, operation(add, {7, 7})}, {8})).operations.size() ==
        3);
}

TEST_CASE("a mask is asked of the maximum that is there anyway") {
  const auto joined = [](std::vector<FusedOperation> operations, std::vector<int> outputs) {
    return in_chains(compare_maxima(fusion_of(std::move(operations), std::move(outputs))));
  };
  const Fusion both = joined(normalize_and_relu(), {9, 10});
  CHECK(operands_of(both) == Operands{{0, 1, 2, 3, 4}, {6, 4}});
  CHECK(both.outputs == std::vector{7, 6});

  std::vector<FusedOperation> later = normalize_and_relu();
  std::swap(later[3], later[4]);
  CHECK(operands_of(joined(later, {9, 10})) == Operands{{0, 1, 2, 3, 4}, {6, 4}});

  // Those that read the mask and the maximum find them; and so do sums.
  std::vector<FusedOperation> read = normalize_and_relu();
  read.push_back(operation(where, {9, 4, 1}));
  read.push_back(operation(multiply, {11, 10}));
  Fusion summed = fusion_of(read, {9, 12});
  summed.sums = {10};
  const Fusion compared = compare_maxima(summed);
  CHECK(operands_of(compared) ==
        Operands{{0, 1}, {6, 2}, {7, 3}, {8, 4}, {9, 4}, {10, 4, 1}, {11, 9}});
  CHECK(compared.outputs == std::vector{10, 12});
  CHECK(compared.sums == std::vector{9});

  // Two ReLUs, one of the other's result.
  std::vector<FusedOperation> twice = normalize_and_relu();
  twice.push_back(operation(less_equal, {10, 3}, bool_));
  twice.push_back(operation(maximum, {10, 3}));
  CHECK(operands_of(compare_maxima(fusion_of(twice, {9, 11, 12}))) ==
        Operands{{0, 1}, {6, 2}, {7, 3}, {8, 4}, {9, 4}, {9, 3}, {9, 3}});

  // But not of a maximum with something else, nor where x is there anyway.
  std::vector<FusedOperation> other = normalize_and_relu();
  other[4].operands[1] = 3;
  CHECK(operands_of(joined(other, {9, 10})) == Operands{{0, 1, 2, 3}, {6, 4}, {6, 3}});
  CHECK(operands_of(joined(normalize_and_relu(), {8, 9, 10})) ==
        Operands{{0, 1, 2, 3}, {6, 4}, {6, 4}});
  CHECK(operands_of(joined({operation(less_equal, {0, 4}, bool_), operation(maximum, {0, 4})},
                           {6, 7})) == Operands{{0, 4}, {0, 4}});
}

/// All values, one operation after the other.
std::vector<std::vector<std::byte>> computed(const Fusion& fusion,
                                             const std::vector<const void*>& inputs) {
  std::vector<const void*> values = inputs;
  std::vector<std::vector<std::byte>> results;
  std::vector<DType> dtypes;
  for (const TensorSpec& input : fusion.inputs) dtypes.push_back(input.dtype);
  results.reserve(fusion.operations.size());
  for (const FusedOperation& o : fusion.operations) {
    std::vector<DType> types;
    kernels::Operands operands{};
    for (std::size_t k = 0; k < o.operands.size(); ++k) {
      operands[k] = values[static_cast<std::size_t>(o.operands[k])];
      types.push_back(dtypes[static_cast<std::size_t>(o.operands[k])]);
    }
    results.emplace_back(static_cast<std::size_t>(kCount) * size_of(o.result));
    o.loop({types, o.result}).run(kCount, results.back().data(), operands);
    values.push_back(results.back().data());
    dtypes.push_back(o.result);
  }
  std::vector<std::vector<std::byte>> outputs;
  for (const int output : fusion.outputs) {
    outputs.push_back(results[static_cast<std::size_t>(output) - fusion.inputs.size()]);
  }
  return outputs;
}

TEST_CASE("chains round one operation after the other, on every instruction set") {
  std::vector<std::vector<float>> numbers(kInputs - 1, std::vector<float>(kCount));
  bool mask[kCount];
  for (int i = 0; i < kCount; ++i) {
    for (int k = 0; k < kInputs - 1; ++k) {
      numbers[static_cast<std::size_t>(k)][static_cast<std::size_t>(i)] =
          1.1F * static_cast<float>((i * (k + 3)) % 13) - 6.3F;
    }
    mask[i] = i % 3 == 0;
  }
  numbers[0][5] = std::numeric_limits<float>::quiet_NaN();
  numbers[0][20] = -std::numeric_limits<float>::infinity();
  std::fill(numbers[4].begin(), numbers[4].end(), 0.F);
  numbers[4][7] = std::numeric_limits<float>::quiet_NaN();
  numbers[1][8] = numbers[0][8];  // exactly 0, and −0, beside the ReLU
  numbers[2][8] = -1;
  numbers[3][8] = -0.F;
  std::vector<const void*> inputs;
  for (const std::vector<float>& input : numbers) inputs.push_back(input.data());
  inputs.push_back(mask);

  const std::vector<Fusion> fusions{
      fusion_of({kCentre, kScale, kShift}, {8}),
      fusion_of({kCentre, kScale, kShift, operation(add, {0, 8})}, {9}),
      fusion_of(normalize_and_relu(), {9, 10}),
      fusion_of({kCentre, kScale, kShift, operation(add, {8, 2}), operation(maximum, {9, 4})},
                {10}),
      fusion_of({operation(where, {5, 4, 1}), operation(multiply, {6, 2})}, {7}),
      fusion_of({operation(less_equal, {0, 4}, bool_), operation(where, {6, 4, 1})}, {7}),
  };
  for_each_instruction_set([&] {
    for (const Fusion& fusion : fusions) {
      const Fusion chained = in_chains(compare_maxima(fusion));
      REQUIRE(chained.operations.size() < fusion.operations.size());
      CHECK(computed(chained, inputs) == computed(fusion, inputs));
    }
  });
}

}  // namespace
}  // namespace linseed::test
