// Random bits: Threefry-2x32-20 over a vector of counts, a vector of pairs at a time. Compiled for
// each instruction set, chosen at run time.
#include <linseed/framework/kernels/random.h>

#include <algorithm>

#include <linseed/framework/kernels/instruction_set.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <linseed/framework/kernels/random.cpp>
#include <linseed/framework/kernels/targets.h>

#include <hwy/foreach_target.h>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace linseed::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<std::uint32_t>;
using Vector = hn::Vec<Words>;

/// Rounds of the cipher: x0 += x1; x1 = rotated(x1) ^ x0.
template <int... left>
HWY_INLINE void mix(Vector& x0, Vector& x1) {
  ((x0 = hn::Add(x0, x1), x1 = hn::Xor(hn::RotateRight<32 - left>(x1), x0)), ...);
}

/// Adds the two words of the key schedule that follow four rounds, and their number to the second.
HWY_INLINE void inject(Vector& x0, Vector& x1, Vector key0, Vector key1, std::uint32_t number) {
  x0 = hn::Add(x0, key0);
  x1 = hn::Add(x1, hn::Add(key1, hn::Set(Words(), number)));
}

/// Pairs (x0, x1) by their hashes. Constants of Salmon et al. (2011), and of Skein for the parity.
HWY_INLINE void hash(Vector& x0, Vector& x1, const std::uint32_t* key_words) {
  const Words d;
  const Vector key0 = hn::Set(d, key_words[0]);
  const Vector key1 = hn::Set(d, key_words[1]);
  const Vector parity = hn::Xor(hn::Xor(key0, key1), hn::Set(d, 0x1BD11BDA));
  inject(x0, x1, key0, key1, 0);
  mix<13, 15, 26, 6>(x0, x1);
  inject(x0, x1, key1, parity, 1);
  mix<17, 29, 16, 24>(x0, x1);
  inject(x0, x1, parity, key0, 2);
  mix<13, 15, 26, 6>(x0, x1);
  inject(x0, x1, key0, key1, 3);
  mix<17, 29, 16, 24>(x0, x1);
  inject(x0, x1, key1, parity, 4);
  mix<13, 15, 26, 6>(x0, x1);
  inject(x0, x1, parity, key0, 5);
}

/// Hashes `count` pairs. The last ones, fewer than a vector, are hashed in one.
void hash_pairs(const std::uint32_t* key, const std::uint32_t* first, const std::uint32_t* second,
                std::int64_t count, std::uint32_t* first_out, std::uint32_t* second_out) {
  const Words d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    Vector x0 = hn::LoadU(d, first + i);
    Vector x1 = hn::LoadU(d, second + i);
    hash(x0, x1, key);
    hn::StoreU(x0, d, first_out + i);
    hn::StoreU(x1, d, second_out + i);
  }
  if (i == count) return;
  HWY_ALIGN std::uint32_t parts[2][hn::MaxLanes(d)] = {};
  std::copy(first + i, first + count, parts[0]);
  std::copy(second + i, second + count, parts[1]);
  Vector x0 = hn::Load(d, parts[0]);
  Vector x1 = hn::Load(d, parts[1]);
  hash(x0, x1, key);
  hn::Store(x0, d, parts[0]);
  hn::Store(x1, d, parts[1]);
  std::copy_n(parts[0], count - i, first_out + i);
  std::copy_n(parts[1], count - i, second_out + i);
}

}  // namespace
}  // namespace linseed::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace linseed::kernels {

using HashPairs = void (*)(const std::uint32_t* key, const std::uint32_t* first,
                           const std::uint32_t* second, std::int64_t count,
                           std::uint32_t* first_out, std::uint32_t* second_out);
constexpr Versions<HashPairs> kHashPairs{HWY_CHOOSE_FALLBACK(hash_pairs),
                                         HWY_CHOOSE_SSE4(hash_pairs), HWY_CHOOSE_AVX2(hash_pairs),
                                         HWY_CHOOSE_AVX3(hash_pairs)};

void threefry(const KernelCall& call) {
  constexpr std::int64_t kPairs = 1024;  // an item of work
  constexpr double kCostPerPair = 2.6;
  const std::uint32_t* key = call.inputs[0].as<std::uint32_t>();
  const std::uint32_t* counts = call.inputs[1].as<std::uint32_t>();
  std::uint32_t* out = call.outputs[0].as<std::uint32_t>();
  const std::int64_t size = call.outputs[0].size();
  const std::int64_t whole = size / 2;  // pairs
  const std::int64_t half = size - whole;
  const HashPairs hash_pairs = kHashPairs.in_use();
  const double cost = kCostPerPair * static_cast<double>(std::min(whole, kPairs));
  call.parallel_for((whole + kPairs - 1) / kPairs, cost, [=](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * kPairs;
    hash_pairs(key, counts + first, counts + half + first, std::min(end * kPairs, whole) - first,
               out + first, out + half + first);
  });
  if (half == whole) return;
  const std::uint32_t zero = 0;
  std::uint32_t dropped = 0;
  hash_pairs(key, counts + whole, &zero, 1, out + whole, &dropped);
}

}  // namespace linseed::kernels
#endif
