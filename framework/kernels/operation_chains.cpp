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
  constexpr double kCost = 0.1, kOperandCost = 0.06;  // ns per element, measured as others are
  return {vector_loop<Map<F, float, Operands...>>(), kCost + kOperandCost * sizeof...(Operands)};
}

template <class F, class... Operands>
Chain chain(std::vector<FindLoop> operations) {
  return {std::move(operations),
          {(std::is_same_v<Operands, float> ? float32 : bool_)...},
          loop_of<F, Operands...>};
}

/// The longer first.
const std::vector<Chain>& chains() {
  using Mask = std::uint8_t;
  static const std::vector<Chain> all{
      chain<NormalizeAddRelu, float, float, float, float, float, float>(
          {subtract, multiply, add, add, maximum}),
      chain<NormalizeAdd, float, float, float, float, float>({subtract, multiply, add, add}),
      chain<NormalizeRelu, float, float, float, float, float>({subtract, multiply, add, maximum}),
      chain<Normalize, float, float, float, float>({subtract, multiply, add}),
      chain<MaskedProduct, Mask, float, float, float>({where, multiply}),
      chain<ReluGradient, float, float, float, float>({less_equal, where}),
  };
  return all;
}

/// Operation i + 1 comes before i, which reads it now.
void swap_neighbours(Fusion& fusion, std::size_t i) {
  std::swap(fusion.operations[i], fusion.operations[i + 1]);
  const int first = static_cast<int>(fusion.inputs.size() + i);
  const auto renumber = [&](std::vector<int>& values) {
    for (int& value : values) {
      if (value == first || value == first + 1) value = 2 * first + 1 - value;
    }
  };
  for (FusedOperation& operation : fusion.operations) renumber(operation.operands);
  renumber(fusion.outputs);
  renumber(fusion.sums);
}

/// x ≤ c, next to max(x, c) or after it, becomes max(x, c) ≤ c, if nothing else reads x.
Fusion compare_maxima(Fusion fusion) {
  const JoinedOperations before(fusion);
  std::vector<FusedOperation>& operations = fusion.operations;
  const std::size_t inputs = fusion.inputs.size();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].loop != less_equal || before.uses(operations[i].operands[0]) != 2) continue;
    const std::size_t reach = std::min(i + 2, operations.size());
    for (std::size_t j = 0; j < reach; ++j) {
      if (operations[j].loop != maximum || operations[j].operands != operations[i].operands)
        continue;
      operations[i].operands[0] = static_cast<int>(inputs + j);
      if (j > i) swap_neighbours(fusion, i);
      break;
    }
  }
  return fusion;
}

/// Makes operation `number` the last one of a chain, if it is that.
bool join(JoinedOperations& all, std::size_t number, const Chain& chain) {
  std::vector<int> operands, parts;
  const FusedOperation* operation = &all.operations()[number];
  for (auto find = chain.operations.rbegin();; ++find) {
    if (operation == nullptr || operation->loop != *find) return false;
    std::vector<int> others = operation->operands;
    const bool is_first = std::next(find) == chain.operations.rend();
    if (!is_first) {
      const bool is_symmetric = *find == add || *find == multiply;
      const auto is_made_by = [&](int value, FindLoop loop) {
        const FusedOperation* const part = all.part(value);
        return part != nullptr && part->loop == loop;
      };
      const bool is_second = is_symmetric && !is_made_by(others[0], *std::next(find));
      const auto part = others.begin() + (is_second ? 1 : 0);
      parts.push_back(*part);
      operation = all.part(*part);
      others.erase(part);
    }
    operands.insert(operands.begin(), others.begin(), others.end());
    if (is_first) break;
  }
  const auto has_type = [&](int operand, DType dtype) { return all.dtype(operand) == dtype; };
  if (!std::ranges::equal(operands, chain.operands, has_type)) return false;
  all.join(number, chain.loop, std::move(operands), parts);
  return true;
}

}  // namespace

Fusion in_chains(const Fusion& fusion) {
  const Fusion compared = compare_maxima(fusion);
  JoinedOperations all(compared);
  for (std::size_t number = compared.operations.size(); number-- > 0;) {
    if (all.is_part(static_cast<int>(compared.inputs.size() + number))) continue;
    for (const Chain& chain : chains()) {
      if (join(all, number, chain)) break;
    }
  }
  return all.result();
}

}  // namespace linseed::kernels
#endif
