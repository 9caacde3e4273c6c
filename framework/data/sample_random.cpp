#include <linseed/framework/data/sample_random.h>

#include <bit>

#include <linseed/framework/core/error.h>

namespace linseed::data {

// The kernel of random::bits hashes vectors on the pool's threads; here one pair is wanted at a
// time, on any thread.
KeyWords threefry(const KeyWords& key, KeyWords counts) {
  constexpr int kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const std::array<std::uint32_t, 3> schedule{key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA};
  auto [x0, x1] = counts;
  x0 += schedule[0];
  x1 += schedule[1];
  for (std::uint32_t group = 0; group < 5; ++group) {
    for (const int left : kRotations[group % 2]) {
      x0 += x1;
      x1 = std::rotl(x1, left) ^ x0;
    }
    x0 += schedule[(group + 1) % 3];
    x1 += schedule[(group + 2) % 3] + group + 1;
  }
  return {x0, x1};
}

KeyWords key_words(const Tensor& key) {
  if (key.spec() != TensorSpec{{2}, uint32}) {
    throw InvalidArgument("random: a key is a uint32[2] tensor, got {}", key.spec());
  }
  const auto words = key.data<std::uint32_t>();
  return {words[0], words[1]};
}

std::uint32_t SampleRandom::bits() {
  if (drawn_ % 2 == 0) words_ = threefry(key_, {0, drawn_ / 2});
  return words_[drawn_++ % 2];
}

float SampleRandom::uniform(float low, float high) {
  return low + (high - low) * (static_cast<float>(bits() >> 8) * 0x1p-24f);
}

std::int64_t SampleRandom::below(std::int64_t n) {
  return static_cast<std::int64_t>(std::uint64_t{bits()} * static_cast<std::uint64_t>(n) >> 32);
}

}  // namespace linseed::data
