#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/check_gradients.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/ops/statistics.h>
#include <linseed/modules/embed.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/module_check.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

const nn::Embed kEmbed{.num_embeddings = 3, .features = 2};
const Tree kParams{{"embedding", Tensor::from({0.f, 1.f, 10.f, 11.f, 20.f, 21.f}, {3, 2})}};

Tensor ids(std::initializer_list<std::int32_t> numbers) {
  return Tensor::from(numbers, {static_cast<std::int64_t>(numbers.size())});
}

/// An encoder and a decoder with one table.
struct Tied : nn::Module<Tied> {
  Tensor apply(const Tensor& x) const {
    const Tensor rows = param("embedding", {3, 2}, kEmbed.embedding_init);
    return kEmbed.attend(tanh(rows * sum(x)));
  }
};

}  // namespace

TEST_CASE("embed reads rows of its table") {
  CHECK(values(kEmbed.call(kParams, ids({2, 0}))) == std::vector<double>{20, 21, 0, 1});
  CHECK(kEmbed.call(kParams, zeros({4, 5}, int64)).spec() == TensorSpec{{4, 5, 2}, float32});
  CHECK(values(kEmbed.call(kParams, Tensor(1))) == std::vector<double>{10, 11});
  CHECK(kEmbed.call(kParams, zeros({0}, uint32)).shape() == Shape{0, 2});
}

TEST_CASE("negative numbers count from the end, others out of range are clamped") {
  CHECK(values(kEmbed.call(kParams, ids({-1, -3, 3, 99, -4}))) ==
        std::vector<double>{20, 21, 0, 1, 20, 21, 20, 21, 0, 1});
}

TEST_CASE("the derivative of embed adds what belongs to one row") {
  const Tensor weights = Tensor::from({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {3, 2});
  const auto gradient = grad([&](const Tree& params) {
    return sum(kEmbed.call(params, ids({2, 0, -1})) * weights);
  })(kParams);
  CHECK(values(gradient["embedding"]) == std::vector<double>{3, 4, 0, 0, 6, 8});
}

TEST_CASE("the table begins with variance 1 / features") {
  const nn::Embed embed{.num_embeddings = 500, .features = 16};
  const Tensor table = embed.init(random::key(0), Tensor(0)).params["embedding"];
  CHECK(table.shape() == Shape{500, 16});
  // The variance of 8000 normal numbers is right to √(2 / 8000), 1.6 %; four of that.
  CHECK(var(table).item<double>() == Approx(1.0 / 16).epsilon(0.064));
  CHECK(bits(table) ==
        bits(random::normal(random::fold_name(random::key(0), "embedding"), {500, 16}) / 4));
}

TEST_CASE("attend multiplies queries with all rows") {
  struct Attend : nn::Module<Attend> {
    Tensor apply(const Tensor& query) const { return kEmbed.attend(query); }
  };
  CHECK(values(Attend{}.call(kParams, vector({1, -1}))) == std::vector<double>{-1, -1, -1});
  CHECK(Attend{}.call(kParams, zeros({4, 5, 2})).shape() == Shape{4, 5, 3});
  CHECK(breaks(ModuleRule::E11, [] { Attend{}.call(Tree(), zeros({2})); }, {"embedding"}) == "");
  CHECK(check_gradients(Tied{}, uneven({2, 2})).passes());
}

TEST_CASE("the derivative of embed agrees with differences") {
  const auto f = [](const Tree& params) { return square(kEmbed.call(params, ids({1, 2, 1, -3}))); };
  CHECK(check_gradients(f, kParams).passes());
  CHECK(check_gradients(f, kParams, {.order = 2}).passes());
}

TEST_CASE("embed refuses numbers that are not whole, and a table without rows or columns") {
  for (const DType dtype : {float32, bfloat16, bool_}) {
    CHECK(fails<InvalidArgument>([&] { kEmbed.call(kParams, zeros({3}, dtype)); },
                                 {"embed", "(signed or unsigned) integer", name(dtype)}) == "");
  }
  const auto init = [](int rows, int features) {
    return [=] {
      nn::Embed{.num_embeddings = rows, .features = features}.init(random::key(0), Tensor(0));
    };
  };
  CHECK(fails<InvalidArgument>(init(3, -2), {"embed: features -2 must be at least 1"}) == "");
  CHECK(fails<InvalidArgument>(init(0, 2), {"embed: num_embeddings 0 must be at least 1"}) == "");
}
