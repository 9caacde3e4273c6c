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
#include <linseed/framework/kernels/joined_operations.h>

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

/// Makes operation `number` and the one that makes operand `place` of it one, if they are a pair.
bool join(JoinedOperations& all, std::size_t number, std::size_t place) {
  const FusedOperation& second = all.operations()[number];
  const int value = second.operands[place];
  const FusedOperation* const first = all.possible_part(value);
  const FindLoop both = first == nullptr ? nullptr : pair_of(first->loop, second.loop, place);
  if (both == nullptr) return false;
  std::vector<int> operands{first->operands[0], first->operands[1], second.operands[1 - place]};
  const auto is_float = [&](int operand) { return all.dtype(operand) == float32; };
  if (!std::ranges::all_of(operands, is_float)) return false;
  all.join(number, both, std::move(operands), {value});
  return true;
}

}  // namespace

Fusion in_pairs(const Fusion& fusion) {
  JoinedOperations all(fusion);
  for (std::size_t number = 0; number < fusion.operations.size(); ++number) {
    for (std::size_t place = 0; place < fusion.operations[number].operands.size(); ++place) {
      if (join(all, number, place)) break;
    }
  }
  return all.result();
}

}  // namespace linseed::kernels
#endif
