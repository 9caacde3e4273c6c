// The row of random bits, and the samplers made of it.
#include <linseed/framework/ops/random.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <openssl/sha.h>

#include <linseed/framework/kernels/random.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/rearrange.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/types_internal.h>

namespace linseed {
namespace {

const Primitive kThreefry{
    .name = "threefry",
    .type = [](Specs in, const Attributes&) -> std::vector<TensorSpec> {
      if (in[0] != TensorSpec{{2}, uint32}) {
        throw InvalidArgument("random: a key is a uint32[2] tensor, got {}", in[0]);
      }
      return {in[1]};
    },
    .kernel = kernels::threefry,
    .no_derivative = "random bits are not a smooth function of the key",
};

}  // namespace

Rows random_rows() { return {&kThreefry}; }

namespace random {
namespace {

/// `x` rounded to `dtype`.
double rounded(double x, DType dtype) {
  return visit_dtype(
      dtype, [&](auto zero) { return static_cast<double>(convert_element<decltype(zero)>(x)); });
}

/// The number of a floating `dtype` next to `x`, rounded to it, towards `to`.
double beside(double x, double to, DType dtype) {
  return visit_dtype(dtype, [&](auto zero) -> double {
    using T = decltype(zero);
    if constexpr (HalfElement<T>) {
      const T from(x);
      if (from == 0) return to < 0 ? -T::from_bits(1) : T::from_bits(1);
      const bool grows = (from < to) == (from > 0);  // neighbours in magnitude differ by a last bit
      return T::from_bits(static_cast<std::uint16_t>(from.bits() + (grows ? 1 : -1)));
    } else if constexpr (std::is_floating_point_v<T>) {
      return std::nextafter(static_cast<T>(x), static_cast<T>(to));
    } else {
      return x;
    }
  });
}

void check_shape(const Shape& shape, std::string_view who) {
  if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; })) {
    throw InvalidArgument("{}: a size of the shape {} is negative", who, shape);
  }
}

void check_sampled(const Shape& shape, DType dtype, std::string_view who) {
  check_shape(shape, who);
  if (!is_floating(dtype)) throw InvalidArgument("{}: {} is no floating type", who, dtype);
}

}  // namespace

Tensor key(std::uint64_t seed) {
  return Tensor::from({static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(seed)},
                      {2});
}

Tensor bits(const Tensor& key, const Shape& shape) {
  check_shape(shape, "bits");
  return reshape(apply(kThreefry, {key, arange(shape.size(), uint32)}), shape);
}

Tensor split(const Tensor& key, std::int64_t count) {
  if (count < 0) throw InvalidArgument("split: {} keys were asked for", count);
  return bits(key, {count, 2});
}

Tensor fold_in(const Tensor& key, const Tensor& data) {
  if (data.ndim() != 0 || is_floating(data.dtype())) {
    throw InvalidArgument("fold_in: a 0-d integer tensor was expected, got {}", data.spec());
  }
  const Tensor word = reshape(astype(data, uint32), {1});
  return apply(kThreefry, {key, concatenate({zeros({1}, uint32), word}, 0)});
}

Tensor fold_in(const Tensor& key, std::uint32_t data) { return fold_in(key, Tensor(data)); }

Tensor fold_name(const Tensor& key, std::string_view name) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | digest[i];
  return fold_in(key, word);
}

namespace {

/// Uniform in [0, 1). JAX cuts a word into two float16 or four bfloat16, from its lowest bits up.
Tensor half_unit(const Tensor& key, const Shape& shape, DType dtype) {
  const int width = dtype == float16 ? 16 : 8;
  const int kept = dtype == float16 ? 10 : 7;  // of them, the upper ones: a fraction has no more
  const std::int64_t parts = 32 / width;
  std::vector<std::uint32_t> place;
  for (int bit = width - kept; bit < 32; bit += width) place.push_back(1U << bit);
  const Tensor words = bits(key, {(shape.size() + parts - 1) / parts, 1});
  const Tensor upper = floor_divide(words, Tensor::from(place, {parts}));
  const Tensor number = upper - floor_divide(upper, 1 << kept) * (1 << kept);
  const Tensor unit = astype(number, dtype) * (1.0 / (1 << kept));
  return reshape(slice(reshape(unit, {-1}), {0}, {shape.size()}), shape);
}

}  // namespace

// The upper bits of a word, as a number in [0, 1) that its type holds exactly.
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype, double low, double high) {
  check_sampled(shape, dtype, "uniform");
  Tensor unit;
  if (is_half(dtype)) {
    unit = half_unit(key, shape, dtype);
  } else if (dtype == float32) {
    unit = astype(floor_divide(bits(key, shape), 1 << 9), float32) * 0x1p-23;
  } else {
    // 52 bits: 32 from the first half of twice as many words, 20 from the second.
    const std::int64_t size = shape.size();
    const Tensor words = bits(key, {2 * size});
    const Tensor upper = astype(slice(words, {0}, {size}), float64);
    const Tensor lower = astype(floor_divide(slice(words, {size}, {2 * size}), 1 << 12), float64);
    unit = reshape(upper * 0x1p-32 + lower * 0x1p-52, shape);
  }
  if (low == 0 && high == 1) return unit;
  return maximum(low, unit * (rounded(high, dtype) - rounded(low, dtype)) + low);
}

Tensor normal(const Tensor& key, const Shape& shape, DType dtype) {
  check_sampled(shape, dtype, "normal");
  return erf_inv(uniform(key, shape, dtype, beside(-1, 0, dtype), 1)) * std::numbers::sqrt2;
}

Tensor truncated_normal(const Tensor& key, double low, double high, const Shape& shape,
                        DType dtype) {
  check_sampled(shape, dtype, "truncated_normal");
  if (!(low < high)) {
    throw InvalidArgument("truncated_normal: {} is not below {}", low, high);
  }
  const double from = std::erf(low / std::numbers::sqrt2);
  const double to = std::erf(high / std::numbers::sqrt2);
  if (rounded(from, dtype) == rounded(to, dtype)) {
    throw InvalidArgument(
        "truncated_normal: between {} and {} all samples would be equal, since erf(low / √2) and "
        "erf(high / √2) are the same {} number; limits must not be so close, or so far out",
        low, high, dtype);
  }
  const Tensor sample = erf_inv(uniform(key, shape, dtype, from, to)) * std::numbers::sqrt2;
  // Rounding must not put a sample on the border.
  return minimum(maximum(sample, beside(low, high, dtype)), beside(high, low, dtype));
}

Tensor bernoulli(const Tensor& key, double p, const Shape& shape) {
  check_shape(shape, "bernoulli");
  if (!(p >= 0 && p <= 1)) throw InvalidArgument("bernoulli: {} is not in [0, 1]", p);
  return uniform(key, shape) < p;
}

namespace {

/// x mod span, for uint32; a span of 0 stands for 2³².
Tensor remainder(const Tensor& x, std::uint32_t span) {
  return span == 0 ? x : x - floor_divide(x, span) * span;
}

void check_range(std::int64_t low, std::int64_t high, DType dtype) {
  if (dtype != int32 && dtype != uint32 && dtype != uint8) {
    throw NotSupported("randint: {} numbers; int32, uint32 and uint8 can be drawn", dtype);
  }
  const bool fits = visit_dtype(dtype, [&](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return static_cast<double>(low) >= static_cast<double>(Limits::lowest()) &&
           static_cast<double>(high) <= static_cast<double>(Limits::max()) + 1;
  });
  if (!fits) throw InvalidArgument("randint: [{}, {}) does not fit {}", low, high, dtype);
  if (low >= high) throw InvalidArgument("randint: {} is not below {}", low, high);
}

}  // namespace

// (w₁ · 2³² + w₂) mod span by parts. The factor 2³² mod span is the square of 2¹⁶ mod span, which
// wraps to 0 for a larger span.
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high,
               DType dtype) {
  check_shape(shape, "randint");
  check_range(low, high, dtype);
  const std::vector<Tensor> keys = linseed::split(split(key), 2);
  const Tensor upper = bits(reshape(keys[0], {2}), shape);
  const Tensor lower = bits(reshape(keys[1], {2}), shape);
  const auto span = static_cast<std::uint32_t>(high - low);
  std::uint32_t factor = 0;
  if (span != 0) {
    factor = (1U << 16) % span;
    factor = factor * factor % span;
  }
  const Tensor offset = remainder(remainder(upper, span) * factor + remainder(lower, span), span);
  const DType wide = dtype == uint8 ? int32 : dtype;
  return astype(astype(offset, wide) + low, dtype);
}

Tensor exponential(const Tensor& key, const Shape& shape, DType dtype) {
  check_sampled(shape, dtype, "exponential");
  return -log1p(-uniform(key, shape, dtype));
}

namespace {

/// The smallest positive number of `dtype` whose digits are all there.
double smallest_normal(DType dtype) {
  if (dtype == float16) return 0x1p-14;
  if (dtype == float64) return std::numeric_limits<double>::min();
  return double{std::numeric_limits<float>::min()};  // of bfloat16 too: the exponents are the same
}

}  // namespace

Tensor gumbel(const Tensor& key, const Shape& shape, DType dtype) {
  check_sampled(shape, dtype, "gumbel");
  return -log(-log(maximum(smallest_normal(dtype), uniform(key, shape, dtype))));
}

Tensor categorical(const Tensor& key, const Tensor& logits, int axis) {
  const int resolved = resolve_axis(axis, logits.ndim(), "categorical");
  return categorical(key, logits, resolved, without_axes(logits.shape(), {resolved}));
}

Tensor categorical(const Tensor& key, const Tensor& logits, int axis, const Shape& shape) {
  check_shape(shape, "categorical");
  const int resolved = resolve_axis(axis, logits.ndim(), "categorical");
  const Shape places = without_axes(logits.shape(), {resolved});
  if (broadcast_shapes(shape, places, "categorical") != shape) {
    throw InvalidArgument("categorical: axis {} of {} leaves {}, which cannot be repeated to {}",
                          resolved, logits.spec(), places, shape);
  }
  std::vector<std::int64_t> dims = shape.dims();
  const int from_the_end = logits.ndim() - resolved;
  dims.insert(dims.end() - (from_the_end - 1), logits.dim(resolved));
  const Tensor values = as_floating(logits);
  return argmax(values + gumbel(key, Shape(std::move(dims)), values.dtype()), -from_the_end);
}

Tensor permutation(const Tensor& key, const Tensor& x, int axis) {
  const int resolved = resolve_axis(axis, x.ndim(), "permutation");
  return take(x, permutation(key, x.dim(resolved)), resolved);
}

// JAX sorts by random 32-bit words, often enough that equal words do not favour anyone.
Tensor permutation(const Tensor& key, std::int64_t n) {
  if (n < 0 || n > std::numeric_limits<std::int32_t>::max()) {
    throw InvalidArgument("permutation: {} elements", n);
  }
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const double words = std::numeric_limits<std::uint32_t>::max();
  const int rounds = static_cast<int>(
      std::ceil(3 * std::log(std::max<double>(1, static_cast<double>(n))) / std::log(words)));
  Tensor current = key;
  for (int round = 0; round < rounds; ++round) {
    const Tensor keys = split(current);
    current = reshape(slice(keys, {0, 0}, {1, 2}), {2});
    const Tensor drawn = bits(reshape(slice(keys, {1, 0}, {2, 2}), {2}), {n});
    const auto sort_keys = drawn.data<std::uint32_t>();
    std::vector<std::size_t> places(order.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return sort_keys[a] < sort_keys[b]; });
    std::vector<std::int32_t> sorted(order.size());
    for (std::size_t i = 0; i < places.size(); ++i) sorted[i] = order[places[i]];
    order = std::move(sorted);
  }
  return Tensor::from(order, {n});
}

}  // namespace random
}  // namespace linseed
