// Compiled for each instruction set, chosen at run time.
#include <linseed/framework/kernels/operation_pairs.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/operation_pairs.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_loops.h>

#if HWY_ONCE
#include <algorithm>
#include <array>

#include <linseed/framework/kernels/elementwise.h>

namespace linseed::kernels {
namespace {

constexpr double kPairCost = 0.25;  // ns per element, measured as in elementwise.cpp

/// Second(First(a, b), c), or Second(c, First(a, b)).
template <class First, class Second, bool comes_second>
struct Both {
  float operator()(float a, float b, float c) const {
    const float first = First{}(a, b);
    return comes_second ? Second{}(c, first) : Second{}(first, c);
  }
};

template <class First, class Second, bool comes_second>
ElementwiseLoop pair(const LoopTypes&) {
  return {vector_loop<Map<Both<First, Second, comes_second>, float, float, float, float>>(),
          kPairCost};
}

/// An operation, and its pairs with a first one: as its first operand, and as its second.
struct SecondOperation {
  FindLoop find;
  std::array<FindLoop, 2> pairs;
};

template <class First, class Second>
constexpr std::array<FindLoop, 2> kPairs{pair<First, Second, false>, pair<First, Second, true>};

struct FirstOperation {
  FindLoop find;
  std::array<SecondOperation, 4> seconds;
};

template <class First>
constexpr std::array<SecondOperation, 4> kSeconds{{{add, kPairs<First, Add>},
                                                   {subtract, kPairs<First, Subtract>},
                                                   {multiply, kPairs<First, Multiply>},
                                                   {maximum, kPairs<First, Maximum>}}};

constexpr std::array<FirstOperation, 4> kFirsts{{{add, kSeconds<Add>},
                                                 {subtract, kSeconds<Subtract>},
                                                 {multiply, kSeconds<Multiply>},
                                                 {maximum, kSeconds<Maximum>}}};

/// The pair of two operations, the first of which is operand `place` of the second; null if there
/// is none.
FindLoop pair_of(FindLoop first, FindLoop second, std::size_t place) {
  const auto f = std::ranges::find(kFirsts, first, &FirstOperation::find);
  if (f == kFirsts.end()) return nullptr;
  const auto s = std::ranges::find(f->seconds, second, &SecondOperation::find);
  return s == f->seconds.end() ? nullptr : s->pairs[place];
}

/// Joins operations, and gives the values new numbers.
class Pairing {
 public:
  explicit Pairing(const Fusion& fusion)
      : fusion_(fusion),
        inputs_(fusion.inputs.size()),
        uses_(inputs_ + fusion.operations.size(), 0),
        joined_(fusion.operations.size(), false) {
    for (const FusedOperation& operation : fusion.operations) count(operation.operands);
    count(fusion.outputs);
    count(fusion.sums);
  }

  Fusion result() {
    std::vector<FusedOperation> operations = fusion_.operations;
    for (FusedOperation& operation : operations) {
      for (std::size_t place = 0; place < operation.operands.size(); ++place) {
        if (join(operations, operation, place)) break;
      }
    }
    std::vector<int> numbers(uses_.size());
    Fusion result{fusion_.inputs, fusion_.shape, {}, fusion_.outputs, fusion_.sums, fusion_.axes};
    for (std::size_t value = 0; value < numbers.size(); ++value) {
      const bool is_input = value < inputs_;
      const bool is_gone = !is_input && joined_[value - inputs_];
      numbers[value] = static_cast<int>(is_input ? value : inputs_ + result.operations.size());
      if (is_gone) numbers[value] = -1;
      if (is_input || is_gone) continue;
      result.operations.push_back(operations[value - inputs_]);
    }
    const auto renumber = [&](std::vector<int>& values) {
      for (int& value : values) value = numbers[static_cast<std::size_t>(value)];
    };
    for (FusedOperation& operation : result.operations) renumber(operation.operands);
    renumber(result.outputs);
    renumber(result.sums);
    return result;
  }

 private:
  void count(const std::vector<int>& values) {
    for (const int value : values) ++uses_[static_cast<std::size_t>(value)];
  }

  bool is_float(int value) const {
    const auto number = static_cast<std::size_t>(value);
    return (number < inputs_ ? fusion_.inputs[number].dtype
                             : fusion_.operations[number - inputs_].result) == float32;
  }

  bool join(std::vector<FusedOperation>& operations, FusedOperation& second, std::size_t place) {
    const auto value = static_cast<std::size_t>(second.operands[place]);
    if (value < inputs_ || uses_[value] != 1 || joined_[value - inputs_]) return false;
    const FusedOperation& first = operations[value - inputs_];
    const FindLoop both = pair_of(first.loop, second.loop, place);
    if (both == nullptr) return false;
    const int other = second.operands[1 - place];
    std::vector<int> operands{first.operands[0], first.operands[1], other};
    if (!std::ranges::all_of(operands, [&](int operand) { return is_float(operand); })) {
      return false;
    }
    joined_[value - inputs_] = true;
    second = {second.name, both, std::move(operands), second.result};
    return true;
  }

  const Fusion& fusion_;
  std::size_t inputs_;
  std::vector<int> uses_;     // of each value
  std::vector<bool> joined_;  // whether an operation is part of a later one
};

}  // namespace

Fusion in_pairs(const Fusion& fusion) { return Pairing(fusion).result(); }

}  // namespace linseed::kernels
#endif
