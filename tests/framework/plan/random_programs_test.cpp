// Random programs, run in every way there is: the same bits. No product is summed, nor −0, which
// jit may re-associate.
#include <random>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

using Tensors = std::vector<Tensor>;

/// Builds the program of a seed: 30 operations over what is there already, a few of the values as
/// results. `one_by_one` evaluates each value as it is made.
class Builder {
 public:
  Builder(unsigned seed, Tensors inputs, bool one_by_one)
      : random_(seed), pool_(std::move(inputs)), one_by_one_(one_by_one) {}

  Tensors build() {
    for (int i = 0; i < 30; ++i) {
      Tensor next = operation();
      if (one_by_one_) evaluate(next);
      pool_.push_back(std::move(next));
    }
    Tensors results{pool_.back()};
    for (int i = 0; i < 4; ++i) results.push_back(any());
    return results;
  }

 private:
  std::size_t draw(std::size_t choices) { return random_() % choices; }
  // Late values are drawn more often, so that early ones die and their memory is used again.
  Tensor any() { return pool_[std::max(draw(pool_.size()), draw(pool_.size()))]; }

  /// b, or something of it that broadcasts with a.
  static Tensor beside(const Tensor& a, const Tensor& b) {
    if (a.shape() == b.shape()) return b;
    if (a.size() == b.size()) return reshape(b, a.shape());
    if (a.ndim() == 2 && b.ndim() == 2 && a.dim(1) == b.dim(1)) return sum(b, 0, keepdims);
    return max(b);
  }

  Tensor operation() {
    const Tensor a = any();
    const Tensor b = any();
    switch (draw(20)) {
      case 0: return -(a + 0.0625F);
      case 1: return tanh(a);
      case 2: return abs(a) + 0.5F;
      case 3: return a + beside(a, b);
      case 4: return beside(a, b) - a;
      case 5: return tanh(a * beside(a, b));
      case 6: return maximum(a, beside(a, b));
      case 7: return where(less(a, beside(a, b)), a, beside(a, b));
      case 8: return reshape(a, {-1});
      case 9: return reshape(a, {2, a.size() / 2});
      case 10: return transpose(a);
      case 11: return broadcast_to(mean(a, -1, keepdims), a.shape());
      case 12: return tanh(sum(a, 0, keepdims)) + a;
      case 13: return half(a, b);
      case 14: return astype(a > beside(a, b), float32);
      case 15: return maximum(a, 0.25F) + where(a <= 0.25F, 0, beside(a, b));
      case 16: return maximum((a - 0.5F) * beside(a, b) + 0.25F + beside(a, b), 0);
      case 17: return pooled(a, b);
      case 18: return unpooled(a, b);
      default: return identity(a);
    }
  }

  /// The first half of a and of b, joined.
  static Tensor half(const Tensor& a, const Tensor& b) {
    const Tensor x = reshape(a, {-1});
    const Tensor y = reshape(b, {-1});
    const std::int64_t n = std::min(x.size(), y.size()) / 2;
    return concatenate({slice(x, {0}, {n}), slice(y, {-n}, {y.size()})}, 0);
  }

  /// What a has, but for a rest, as images of 4 × 2 pixels.
  static Tensor images(const Tensor& a) {
    const std::int64_t n = a.size() / 8;
    return reshape(slice(reshape(a, {-1}), {0}, {8 * n}), {n, 4, 2, 1});
  }
  static Tensor pool(const Tensor& x) { return max_pool(x, {2, 2}, {2, 2}); }

  static Tensor pooled(const Tensor& a, const Tensor& b) {
    if (a.size() < 8) return abs(a);
    const Tensor x = images(a);
    return pool(maximum(x * beside(x, b) + 0.25F, 0));
  }

  static Tensor unpooled(const Tensor& a, const Tensor& b) {
    if (a.size() < 8) return abs(a);
    const Tensor x = images(a);
    const auto [value, pullback] = vjp(pool, x);
    return tanh(pullback(tanh(value)) * beside(x, b) + x);
  }

  std::mt19937 random_;
  Tensors pool_;
  bool one_by_one_;
};

Tensors inputs_of(unsigned seed) {
  return {uneven({4, 6}, seed), uneven({24}, seed + 1), uneven({1, 6}, seed + 2)};
}

std::vector<std::string> bits_of(const Tensors& tensors) {
  std::vector<std::string> result;
  for (const Tensor& tensor : tensors) result.push_back(bits(tensor));
  return result;
}

}  // namespace

TEST_CASE("200 random programs give the same bits all at once, one by one, and under jit") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    const Tensors inputs = inputs_of(seed);
    const auto given = bits_of(inputs);
    const auto expected = bits_of(Builder(seed, inputs, true).build());

    const Tensors lazy = Builder(seed, inputs, false).build();
    evaluate(lazy);
    CHECK(bits_of(lazy) == expected);

    const auto compiled = jit([seed](const Tensors& x) { return Builder(seed, x, false).build(); });
    CHECK(bits_of(compiled(inputs)) == expected);
    CHECK(bits_of(compiled(inputs_of(seed))) == expected);  // may write over its arguments
    CHECK(bits_of(compiled(inputs)) == expected);
    CHECK(compiled.trace_count() == 1);
    CHECK(bits_of(inputs) == given);
  }
}

TEST_CASE("random programs over more than one tile give the same bits one by one and under jit") {
  for (unsigned seed = 301; seed <= 340; ++seed) {
    INFO("seed " << seed);
    const Tensors inputs{uneven({80, 60}, seed), uneven({4800}, seed + 1), uneven({1, 60}, seed)};
    const auto expected = bits_of(Builder(seed, inputs, true).build());
    const auto compiled = jit([seed](const Tensors& x) { return Builder(seed, x, false).build(); });
    CHECK(bits_of(compiled(inputs)) == expected);
    const auto again = [&] {
      return Tensors{uneven({80, 60}, seed), uneven({4800}, seed + 1), uneven({1, 60}, seed)};
    };
    CHECK(bits_of(compiled(again())) == expected);  // may write over its arguments
  }
}

TEST_CASE("random programs give the same bits when they are evaluated at any point on the way") {
  for (unsigned seed = 201; seed <= 260; ++seed) {
    INFO("seed " << seed);
    const Tensors inputs = inputs_of(seed);
    const auto expected = bits_of(Builder(seed, inputs, true).build());
    const Tensors first = Builder(seed, inputs, false).build();
    evaluate(first[seed % first.size()]);
    CHECK(bits_of(first) == expected);
  }
}

}  // namespace linseed::test
