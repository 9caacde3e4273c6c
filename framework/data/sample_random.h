// Random numbers of one sample, for transforms.
#pragma once

#include <array>
#include <cstdint>

#include <linseed/framework/core/tensor.h>

namespace linseed::data {

/// A key of random::key as two words, and what Threefry makes of two.
using KeyWords = std::array<std::uint32_t, 2>;

/// Threefry-2x32 with 20 rounds (Salmon et al., SC 2011): for counts {0, n} the words of
/// random::fold_in(key, n).
KeyWords threefry(const KeyWords& key, KeyWords counts);

/// The words of `key`; InvalidArgument if it is none.
KeyWords key_words(const Tensor& key);

/// A stream of random numbers that depends on its key alone. The loader gives each image one of its
/// own, from the run's key, the epoch and the image's index, so that what happens to an image does
/// not depend on who prepares it, when, or beside which others.
class SampleRandom final {
 public:
  explicit SampleRandom(const KeyWords& key) : key_(key) {}

  /// 32 random bits: word i is word i mod 2 of random::fold_in(key, i / 2).
  std::uint32_t bits();
  /// Uniform between `low` and `high`: low + (high − low) · b / 2²⁴ of 24 bits b.
  float uniform(float low = 0, float high = 1);
  /// A whole number in [0, n), n ≤ 2³¹: some are likelier than others by n / 2³² at most.
  std::int64_t below(std::int64_t n);
  /// True with that probability.
  bool chance(float probability) { return uniform() < probability; }

 private:
  KeyWords key_;
  KeyWords words_{};
  std::uint32_t drawn_ = 0;
};

}  // namespace linseed::data
