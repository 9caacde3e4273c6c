// bfloat16 and float16 through operations: stored in two bytes, computed in float32.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/ops/convolution.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/pooling.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/framework/ops/table.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/golden/half.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/golden.h>
#include <linseed/tests/support/samples.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

constexpr DType kHalves[] = {bfloat16, float16};

/// One application of a primitive, taken from its samples.
struct Use {
  const Primitive& primitive;
  Attributes attributes;
  std::vector<Tensor> inputs;

  /// The outputs for the inputs whose floating ones are replaced, in order.
  std::vector<Tensor> with(const std::vector<Tensor>& floating) const {
    std::vector<Tensor> replaced = inputs;
    auto next = floating.begin();
    for (Tensor& input : replaced) {
      if (is_floating(input.dtype())) input = *next++;
    }
    return apply_all(primitive, std::move(replaced), attributes);
  }

  std::vector<Tensor> floating_inputs(DType dtype) const {
    std::vector<Tensor> floating;
    for (const Tensor& input : inputs) {
      if (is_floating(input.dtype())) floating.push_back(astype(input, dtype));
    }
    return floating;
  }
};

/// All uses of all primitives with floating inputs, but those whose programs decide on dtypes.
std::vector<Use> floating_uses() {
  std::vector<Use> uses;
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->programs != nullptr) continue;
    for (const Sample& sample : samples_of(primitive->name)) {
      const Tensor result = sample.build(sample.inputs);
      for (const auto& node : close(std::span(&result, 1), {}).nodes) {
        if (node->primitive != primitive) continue;
        Use use{*primitive, node->attributes, node->inputs};
        if (!use.floating_inputs(float32).empty()) uses.push_back(std::move(use));
      }
    }
  }
  return uses;
}

std::vector<Tensor> in_dtype(const std::vector<Tensor>& tensors, DType dtype) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(astype(tensor, dtype));
  return result;
}

/// Σ over floating outputs, each element with a weight that a half has.
Tensor weighted(const std::vector<Tensor>& outputs) {
  Tensor total = zeros({});
  for (const Tensor& output : outputs) {
    if (!is_floating(output.dtype())) continue;
    const Tensor weights = uneven(output.shape(), 7);
    total = total + sum(astype(output, float32) * astype(astype(weights, bfloat16), float32));
  }
  return total;
}

/// "" if they are equal, bit by bit.
std::string differences(const Tensor& a, const Tensor& b) {
  if (a.spec() != b.spec()) return fmt::format("{} against {}", a.spec(), b.spec());
  return bits(a) == bits(b) ? "" : fmt::format("{} against {}", a, b);
}

}  // namespace

TEST_CASE("every primitive of halves is that of float32, rounded once") {
  std::set<std::string_view> seen;
  // A cast's result is what it was asked for; moments of halves stay wide.
  const std::set<std::string_view> chosen_type{"cast", "moments"};
  for (const Use& use : floating_uses()) {
    for (const DType dtype : kHalves) {
      INFO(use.primitive.name << " in " << name(dtype));
      const std::vector<Tensor> halves = use.floating_inputs(dtype);
      const auto results = use.with(halves);
      const auto wide = use.with(in_dtype(halves, float32));
      for (std::size_t i = 0; i < results.size(); ++i) {
        const bool rounds =
            is_floating(wide[i].dtype()) && !chosen_type.contains(use.primitive.name);
        CHECK(differences(results[i], rounds ? astype(wide[i], dtype) : wide[i]) == "");
      }
      seen.insert(use.primitive.name);
    }
  }
  const auto rows = all_primitives();
  const auto joint = std::count_if(
      rows.begin(), rows.end(), [](const Primitive* row) { return row->joint_kernel != nullptr; });
  // Rows with programs and exchanges do not stand alone; fill, iota and threefry take no floats.
  CHECK(seen.size() + static_cast<std::size_t>(joint) + 3 == rows.size());
}

// A cotangent is rounded where the float32 result was, and once more at the end: with weights that
// a half has, the gradient is float32's, rounded. Exactly.
TEST_CASE("every gradient of halves is that of float32, rounded once") {
  for (const Use& use : floating_uses()) {
    if (use.primitive.derivative == nullptr) continue;
    for (const DType dtype : kHalves) {
      INFO(use.primitive.name << " in " << name(dtype));
      const auto loss = [&](const std::vector<Tensor>& x) { return weighted(use.with(x)); };
      const std::vector<Tensor> halves = use.floating_inputs(dtype);
      const std::vector<Tensor> gradients = grad(loss)(halves);
      const std::vector<Tensor> wide = grad(loss)(in_dtype(halves, float32));
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        CHECK(differences(gradients[i], astype(wide[i], dtype)) == "");
      }
    }
  }
}

TEST_CASE("halves meet each other in float32, and numbers in themselves") {
  const Tensor b = full({2}, 1.5, bfloat16);
  const Tensor h = full({2}, 2, float16);
  CHECK((b + h).dtype() == float32);
  CHECK((b * Tensor(1.F)).dtype() == float32);
  CHECK((h * Tensor(1.0)).dtype() == float64);
  CHECK((arange(2) + h).dtype() == float16);
  CHECK(concatenate({b, h}, 0).dtype() == float32);
  CHECK((b * 2.5).dtype() == bfloat16);
  CHECK(values(b * 0.1)[0] == float{bfloat16_t(1.5F * float{bfloat16_t(0.1)})});
  CHECK(where(b > 1, b, 0).dtype() == bfloat16);
  CHECK(convolution(zeros({1, 3, 3, 1}, bfloat16), zeros({3, 3, 1, 2}, bfloat16)).dtype() ==
        bfloat16);
  CHECK(argmax(h, 0).dtype() == int32);
  CHECK((h < 3).dtype() == bool_);
}

TEST_CASE("sums, means and products of halves accumulate in float32") {
  // A running sum of ones would stop at 256 in bfloat16, at 2048 in float16.
  for (const DType dtype : kHalves) {
    const Tensor ones_ = ones({4096}, dtype);
    CHECK(sum(ones_).item<float>() == 4096);
    CHECK(matmul(ones_, ones_).item<float>() == 4096);
    CHECK(moments(ones_, {}).count.item<float>() == 4096);
  }
  const Tensor large = full({100}, 60000, float16);
  CHECK(mean(large).item<float>() == 60000);  // the sum has no float16
  CHECK(sum(large).item<float>() == INFINITY);
  CHECK(mean(large).dtype() == float16);
}

TEST_CASE("every composition of halves is that of float32, rounded once") {
  const auto infinity = std::numeric_limits<double>::infinity();
  const std::function<Tensor(const Tensor&)> functions[] = {
      [](const Tensor& x) { return mean(x, 0); },
      [](const Tensor& x) { return prod(x, 0); },
      [](const Tensor& x) { return norm(x, 1, 0); },
      [](const Tensor& x) { return norm(x, 2, 0); },
      [=](const Tensor& x) { return norm(x, infinity, 0); },
      [](const Tensor& x) { return logsumexp(x / 64, 0); },
      [](const Tensor& x) { return var(x, 0, 1); },
      [](const Tensor& x) { return linseed::std(x, 0); },
      [](const Tensor& x) {
        return avg_pool(reshape(x, {1, 5, 3}), {3});
      },
  };
  for (const DType dtype : kHalves) {
    const Tensor x = astype(uneven({5, 3}) * 9 + 4, dtype);
    for (const auto& f : functions) {
      INFO("function " << &f - functions << " in " << name(dtype));
      const auto loss = [&](const Tensor& t) { return weighted({f(t)}); };
      const Tensor wide = astype(x, float32);
      CHECK(differences(f(x), astype(f(wide), dtype)) == "");
      CHECK(differences(grad(loss)(x), astype(grad(loss)(wide), dtype)) == "");
    }
  }
}

TEST_CASE("float16 is infinite only where the result has no float16") {
  const auto of = [](std::initializer_list<float> numbers) {
    return astype(vector(numbers), float16);
  };
  const Tensor large = full({1, 4, 1}, 60000, float16);
  CHECK(avg_pool(large, {4}).item<float>() == 60000);
  CHECK(norm(of({300, 400})).item<float>() == 500);
  CHECK(prod(of({1024, 0x1p-10F, 1024, 0x1p-10F})).item<float>() == 1);
  CHECK(logsumexp(zeros({70000}, float16)).item<float>() == Approx(std::log(7e4)).epsilon(0x1p-11));
  CHECK(linseed::std(of({-3000, 3000})).item<float>() == 3000);
  CHECK(var(of({-3000, 3000})).item<float>() == INFINITY);
}

TEST_CASE("an error about halves speaks of halves") {
  const Tensor a = zeros({2, 3}, bfloat16);
  CHECK(fails<InvalidArgument>([&] { matmul(a, a); }, {"matmul", "[2,3] bfloat16"}) == "");
  CHECK(fails<InvalidArgument>([&] { max(zeros({0}, float16)); }, {"max", "[0] float16"}) == "");
}

TEST_CASE("halves have the same bits on any number of threads") {
  struct Restore {
    int count = num_threads();
    ~Restore() { set_num_threads(count); }
  } restore;
  const auto compute = [](int threads) {
    set_num_threads(threads);
    const Tensor x = astype(uneven({257, 300}, 3), bfloat16);
    const Tensor w = astype(uneven({300, 64}, 4), bfloat16);
    const auto loss = [&](const Tensor& v) { return sum(tanh(matmul(x, v)) * 0.5); };
    return bits(grad(loss)(w));
  };
  CHECK(compute(1) == compute(4));
}

TEST_CASE("random halves are JAX's") {
  const Tensor key = random::key(42);
  const auto check = [&](DType dtype, const auto& unit, const auto& range, const auto& normal,
                         const auto& truncated) {
    INFO(name(dtype));
    CHECK(random::normal(key, {9}, dtype).dtype() == dtype);
    check_golden(random::uniform(key, {7}, dtype), unit, 0);
    check_golden(random::uniform(key, {2, 3}, dtype, -3, 5), range, 0);
    check_golden(random::normal(key, {9}, dtype), normal, 0);
    check_golden(random::truncated_normal(key, -1.5, 0.5, {8}, dtype), truncated, 0);
  };
  check(bfloat16, golden::kUniformBfloat16, golden::kUniformRangeBfloat16, golden::kNormalBfloat16,
        golden::kTruncatedNormalBfloat16);
  check(float16, golden::kUniformFloat16, golden::kUniformRangeFloat16, golden::kNormalFloat16,
        golden::kTruncatedNormalFloat16);
}

TEST_CASE("truncated samples stay inside their bounds in every floating type") {
  for (const DType dtype : {bfloat16, float16, float32, float64}) {
    INFO(name(dtype));
    const Tensor sample = random::truncated_normal(random::key(1), -0.25, 0, {4000}, dtype);
    CHECK(max(sample).item<double>() < 0);
    CHECK(min(sample).item<double>() > -0.25);
  }
}

}  // namespace linseed::test
