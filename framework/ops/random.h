// Random numbers from keys, by JAX's rules: the same key gives the same numbers.
#pragma once

#include <linseed/framework/core/tensor.h>

/// A key is a uint32[2] tensor. Never use one twice: derive new ones by `split` or `fold_in`.
/// Bits come from Threefry-2x32 (Salmon et al., SC 2011), laid out as JAX does with
/// jax_threefry_partitionable off: they are the same on every machine, and so are uniform and whole
/// numbers made of them. Where a logarithm has a part (normal, exponential, gumbel and what follows
/// from these), the last digits are those of the machine's C library.
///
/// `dtype` is floating; of halves too, JAX draws no more random bits than a fraction holds: 7 for
/// bfloat16, 10 for float16. For finer tails draw float32 and convert. InvalidArgument for another
/// dtype, for a negative size in `shape`, and for a key that is none.
namespace linseed::random {

/// The key of a seed: its upper and lower 32 bits.
Tensor key(std::uint64_t seed);
/// `count` new keys, [count, 2].
Tensor split(const Tensor& key, std::int64_t count = 2);
/// A new key for the `data`-th use: a number, or a 0-d integer tensor.
Tensor fold_in(const Tensor& key, std::uint32_t data);
Tensor fold_in(const Tensor& key, const Tensor& data);
/// A new key for a name: fold_in with the first four bytes, big-endian, of the SHA-1 of `name`.
Tensor fold_name(const Tensor& key, std::string_view name);

/// Random uint32.
Tensor bits(const Tensor& key, const Shape& shape);
/// Uniform in [low, high).
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype = float32, double low = 0,
               double high = 1);
/// Standard normal: √2 · erf⁻¹(u), u uniform in (−1, 1).
Tensor normal(const Tensor& key, const Shape& shape, DType dtype = float32);
/// Standard normal given that it falls between `low` and `high`: √2 · erf⁻¹(u), u uniform between
/// erf(low / √2) and erf(high / √2). Where both limits lie on one side there are few such u: beyond
/// 4 in float32 about 1,000, beyond 5 ten. InvalidArgument unless low < high, and where there is
/// only one.
Tensor truncated_normal(const Tensor& key, double low, double high, const Shape& shape,
                        DType dtype = float32);
/// True with probability `p` in [0, 1].
Tensor bernoulli(const Tensor& key, double p, const Shape& shape);
/// Whole numbers in [low, high); `dtype` is int32, uint32 or uint8. Of two random words w₁, w₂
/// each:
///   low + (w₁ · 2³² + w₂) mod (high − low)
/// For more than 2¹⁶ numbers JAX's rule, kept here, loses w₁; some are then likelier than others by
/// up to (high − low) / 2³².
/// InvalidArgument unless low < high and both fit the dtype (high may be one beyond).
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high,
               DType dtype = int32);
/// Exponential with mean 1: −log(1 − u), u uniform in [0, 1).
Tensor exponential(const Tensor& key, const Shape& shape, DType dtype = float32);
/// Standard Gumbel: −log(−log u), u uniform in (0, 1).
Tensor gumbel(const Tensor& key, const Shape& shape, DType dtype = float32);
/// int32 classes i along `axis` of `logits`, each with probability softmax(logits)ᵢ: the argmax of
/// logits + Gumbel noise (Maddison, Tarlow, Minka, NIPS 2014). One draw for each place beside the
/// axis, or as many as `shape`, to which those places broadcast.
Tensor categorical(const Tensor& key, const Tensor& logits, int axis = -1);
Tensor categorical(const Tensor& key, const Tensor& logits, int axis, const Shape& shape);
/// 0 … n − 1 in random order, int32 [n]; a host function: the key must have a value.
Tensor permutation(const Tensor& key, std::int64_t n);
/// The slices of x along `axis` in random order, that of `permutation(key, x.dim(axis))`.
Tensor permutation(const Tensor& key, const Tensor& x, int axis = 0);

}  // namespace linseed::random
