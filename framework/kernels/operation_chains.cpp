// Compiled for each instruction set, chosen at run time.
#include <linseed/framework/kernels/operation_chains.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/operation_chains.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <linseed/framework/kernels/vector_loops.h>

#if HWY_ONCE
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <linseed/framework/kernels/elementwise.h>
#include <linseed/framework/kernels/joined_operations.h>

namespace linseed::kernels {
namespace {

struct Normalize {
  float operator()(float x, float mean, float factor, float bias) const {
    return (x - mean) * factor + bias;
  }
};

struct NormalizeRelu {
  float operator()(float x, float mean, float factor, float bias, float zero) const {
    return Maximum{}(Normalize{}(x, mean, factor, bias), zero);
  }
};

struct NormalizeAdd {
  float operator()(float x, float mean, float factor, float bias, float residual) const {
    return Normalize{}(x, mean, factor, bias) + residual;
  }
};

struct NormalizeAddRelu {
  float operator()(float x, float mean, float factor, float bias, float residual,
                   float zero) const {
    return Maximum{}(NormalizeAdd{}(x, mean, factor, bias, residual), zero);
  }
};

struct ReluGradient {
  float operator()(float y, float zero, float masked, float cotangent) const {
    return y <= zero ? masked : cotangent;
  }
};

struct MaskedProduct {
  float operator()(std::uint8_t mask, float masked, float cotangent, float factor) const {
    return (mask != 0 ? masked : cotangent) * factor;
  }
};

/// The result of each operation is the first operand of the next; of a sum or product, either.
struct Chain {
  std::vector<FindLoop> operations;
  std::vector<DType> operands;  // of all operations in order, but for those results
  FindLoop loop;
};

template <class F, class... Operands>
ElementwiseLoop loop_of(const LoopTypes&) {
  // ns per element. Chains of 4 and 5 operands take 1.2 to 1.4 of the time of a pair, which has 3.
  constexpr double kCost = 0.1, kOperandCost = 0.05;
  return {vector_loop<Map<F, float, Operands...>>(), kCost + kOperandCost * sizeof...(Operands)};
}

template <class F, class... Operands>
Chain make_chain(std::vector<FindLoop> operations) {
  static_assert(sizeof...(Operands) <= kernels::Operands::kMost);
  return {std::move(operations),
          {(std::is_same_v<Operands, float> ? float32 : bool_)...},
          loop_of<F, Operands...>};
}

/// The longer first.
const std::vector<Chain>& chains() {
  using Mask = std::uint8_t;
  static const std::vector<Chain> all{
      make_chain<NormalizeAddRelu, float, float, float, float, float, float>(
          {subtract, multiply, add, add, maximum}),
      make_chain<NormalizeAdd, float, float, float, float, float>({subtract, multiply, add, add}),
      make_chain<NormalizeRelu, float, float, float, float, float>(
          {subtract, multiply, add, maximum}),
      make_chain<Normalize, float, float, float, float>({subtract, multiply, add}),
      make_chain<MaskedProduct, Mask, float, float, float>({where, multiply}),
      make_chain<ReluGradient, float, float, float, float>({less_equal, where}),
  };
  return all;
}

/// Which operand of an operation continues a chain that it ends: one made by `before`, if it can.
std::size_t chained_operand(const JoinedOperations& all, const FusedOperation& operation,
                            FindLoop before) {
  const bool is_symmetric = operation.loop == add || operation.loop == multiply;
  const FusedOperation* const first = all.possible_part(operation.operands[0]);
  const bool is_first = first != nullptr && first->loop == before;
  return is_first || !is_symmetric ? 0 : 1;
}

/// Makes an operation the last one of a chain, if it is that.
bool join(JoinedOperations& all, std::size_t last, const Chain& chain) {
  std::vector<int> operands, parts;
  const FusedOperation* operation = &all.operations()[last];
  for (auto loop = chain.operations.rbegin(); loop != chain.operations.rend(); ++loop) {
    if (operation == nullptr || operation->loop != *loop) return false;
    std::vector<int> outer = operation->operands;
    if (const auto before = std::next(loop); before != chain.operations.rend()) {
      const auto chained =
          outer.begin() + static_cast<std::ptrdiff_t>(chained_operand(all, *operation, *before));
      parts.push_back(*chained);
      operation = all.possible_part(*chained);
      outer.erase(chained);
    }
    operands.insert(operands.begin(), outer.begin(), outer.end());
  }
  const auto has_type = [&](int operand, DType dtype) { return all.dtype(operand) == dtype; };
  if (!std::ranges::equal(operands, chain.operands, has_type)) return false;
  all.join(last, chain.loop, std::move(operands), parts);
  return true;
}

}  // namespace

Fusion in_chains(const Fusion& fusion) {
  JoinedOperations all(fusion);
  for (std::size_t last = fusion.operations.size(); last-- > 0;) {
    if (all.is_part(all.result_of(last))) continue;
    for (const Chain& chain : chains()) {
      if (join(all, last, chain)) break;
    }
  }
  return all.result();
}

}  // namespace linseed::kernels
#endif
