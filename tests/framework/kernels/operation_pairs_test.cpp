// Which operations share a loop, and what they compute then.
#include <linseed/framework/kernels/operation_pairs.h>

#include <catch2/catch.hpp>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/tests/support/instruction_sets.h>

namespace linseed::test {
namespace {

using kernels::FindLoop;
using kernels::FusedOperation;
using kernels::Fusion;
using kernels::in_pairs;

/// Operations on three inputs, values 0 to 2; results are values from 3 on.
Fusion fusion_of(std::vector<FusedOperation> operations, std::vector<int> outputs,
                 DType dtype = float32) {
  const TensorSpec input{{4}, dtype};
  return {{input, input, input}, {4}, std::move(operations), std::move(outputs), {}, {}};
}

FusedOperation operation(FindLoop loop, std::vector<int> operands, DType dtype = float32) {
  return {"", loop, std::move(operands), dtype};
}

std::vector<std::vector<int>> operands_of(const Fusion& fusion) {
  std::vector<std::vector<int>> operands;
  for (const FusedOperation& o : fusion.operations) operands.push_back(o.operands);
  return operands;
}

using Operands = std::vector<std::vector<int>>;

TEST_CASE("a result that one operation reads shares its loop, and values get new numbers") {
  const Fusion two = in_pairs(
      fusion_of({operation(kernels::subtract, {0, 1}), operation(kernels::multiply, {2, 3})}, {4}));
  CHECK(operands_of(two) == Operands{{0, 1, 2}});
  CHECK(two.outputs == std::vector{3});

  const Fusion four = in_pairs(
      fusion_of({operation(kernels::subtract, {0, 1}), operation(kernels::multiply, {3, 2}),
                 operation(kernels::add, {4, 1}), operation(kernels::maximum, {5, 2})},
                {6}));
  CHECK(operands_of(four) == Operands{{0, 1, 2}, {3, 1, 2}});
  CHECK(four.outputs == std::vector{4});

  const Fusion three =
      in_pairs(fusion_of({operation(kernels::negative, {0}), operation(kernels::add, {3, 1}),
                          operation(kernels::multiply, {4, 3})},
                         {5}));
  CHECK(operands_of(three) == Operands{{0}, {3, 1, 3}});
}

TEST_CASE("what others read, other types and other operations keep their loops") {
  const auto first = operation(kernels::add, {0, 1});
  const auto second = operation(kernels::multiply, {3, 2});
  CHECK(in_pairs(fusion_of({first, second}, {4})).operations.size() == 1);
  CHECK(in_pairs(fusion_of({first, second}, {3, 4})).operations.size() == 2);
  CHECK(in_pairs(fusion_of({first, operation(kernels::multiply, {3, 3})}, {4})).operations.size() ==
        2);
  CHECK(in_pairs(fusion_of({first, second, operation(kernels::negative, {3})}, {4, 5}))
            .operations.size() == 3);
  Fusion summed = fusion_of({first, second}, {4});
  summed.sums = {3};
  CHECK(in_pairs(summed).operations.size() == 2);
  CHECK(in_pairs(summed).sums == std::vector{3});
  for (const DType dtype : {float64, int32}) {
    CHECK(in_pairs(fusion_of({operation(kernels::add, {0, 1}, dtype),
                              operation(kernels::multiply, {3, 2}, dtype)},
                             {4}, dtype))
              .operations.size() == 2);
  }
  CHECK(in_pairs(fusion_of({operation(kernels::divide, {0, 1}), second}, {4})).operations.size() ==
        2);
  CHECK(in_pairs(fusion_of({first, operation(kernels::divide, {3, 2})}, {4})).operations.size() ==
        2);
}

TEST_CASE("two operations in one loop round one after the other, on every instruction set") {
  const std::vector<FindLoop> operations{kernels::add, kernels::subtract, kernels::multiply,
                                         kernels::maximum};
  constexpr std::int64_t kCount = 19;
  float a[kCount], b[kCount], c[kCount];
  for (int i = 0; i < kCount; ++i) {
    a[i] = 1.1F * static_cast<float>(i) - 7;
    b[i] = 0.3F - static_cast<float>(i * i % 7);
    c[i] = 1 / (1.7F + static_cast<float>(i % 5));
  }
  const DType types[] = {float32, float32, float32};
  const kernels::LoopTypes two{std::span(types).first(2), float32}, three{types, float32};
  for_each_instruction_set([&] {
    for (const FindLoop first : operations) {
      for (const FindLoop second : operations) {
        for (const bool comes_second : {false, true}) {
          const Fusion pair = in_pairs(
              fusion_of({operation(first, {0, 1}),
                         operation(second, comes_second ? std::vector{2, 3} : std::vector{3, 2})},
                        {4}));
          REQUIRE(pair.operations.size() == 1);
          float middle[kCount], apart[kCount], together[kCount];
          first(two).run(kCount, middle, {{a, b, nullptr}});
          second(two).run(kCount, apart,
                          comes_second ? kernels::Operands{{c, middle, nullptr}}
                                       : kernels::Operands{{middle, c, nullptr}});
          pair.operations[0].loop(three).run(kCount, together, {{a, b, c}});
          CHECK(std::equal(apart, apart + kCount, together));
        }
      }
    }
  });
}

}  // namespace
}  // namespace linseed::test
