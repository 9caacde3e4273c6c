// Initialisation from shapes alone.
#include <catch2/catch.hpp>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/dense.h>
#include <linseed/tests/support/counted.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

/// A forward pass that counts how often it is computed.
struct Watched : nn::Module<Watched> {
  Tensor apply(const Tensor& x) const {
    return nn::Dense{.features = 3}(nn::BatchNorm{}(counted(x)));
  }
};

struct TwoInputs : nn::Module<TwoInputs> {
  std::pair<Tensor, Tensor> apply(const Tensor& a, const Tensor& b, float factor = 1) const {
    const Tensor w = param("w", {a.dim(-1), b.dim(-1)}, nn::initializers::ones());
    return {sum(a) * factor + sum(b) + sum(w), ones({2}) * 5};
  }
};

/// Scales by the spread of the first batch it sees.
struct DataDependent : nn::Module<DataDependent> {
  Tensor apply(const Tensor& x) const {
    const auto from_data = [&](const Tensor&, const Shape&) { return max(abs(x)); };
    return x / param("spread", {}, from_data);
  }
};

struct Outer : nn::Module<Outer> {
  Tensor apply(const Tensor& x) const { return DataDependent{}(x); }
};

}  // namespace

TEST_CASE("init_by_shape makes the parameters of init and computes nothing of the forward pass") {
  const int before = times_computed;
  const auto [output, stats] = nn::stateful([] {
    return Watched{}.init_by_shape(random::key(3), {{{4, 2}, float32}});
  });
  CHECK(times_computed == before);
  CHECK(output.output.shape() == Shape{4, 3});
  CHECK(output.output.dtype() == float32);
  const Tree& params = output.params;
  CHECK(params["Dense_1"]["kernel"].tensor().is_evaluated());

  const Tree concrete = Watched{}.init(random::key(3), ones({4, 2})).params;
  CHECK(bits(params["Dense_1"]["kernel"]) != "");
  // The key of Dense_1 does not depend on BatchNorm_0's state: that splits its own frame's key.
  CHECK(bits(params["Dense_1"]["kernel"]) == bits(concrete["Dense_1"]["kernel"]));
  CHECK(values(stats["/BatchNorm_0"]["mean"]) == std::vector<double>{0, 0});
  CHECK(values(stats["/BatchNorm_0"]["var"]) == std::vector<double>{1, 1});
  CHECK(times_computed == before);
}

TEST_CASE("the output of init_by_shape cannot be read, and says why") {
  const auto result = Watched{}.create_by_shape(random::key(0), {{{4, 2}}});
  CHECK(fails<InvalidArgument>([&] { result.output.data<float>(); },
                               {"init_by_shape", "not known"}) == "");
  CHECK(values(result.model(ones({4, 2}))).size() == 12);
}

TEST_CASE("init_by_shape takes several inputs, dtypes and further arguments") {
  const TwoInputs module;
  const auto [output, params] =
      module.init_by_shape(random::key(0), {{{3, 2}, float64}, {{5}, float32}}, 2.5f);
  CHECK(params["w"].tensor().shape() == Shape{2, 5});
  CHECK(output.first.dtype() == float64);
  CHECK(output.first.ndim() == 0);
  CHECK(values(output.second) == std::vector<double>{5, 5});  // needs no input: has a value
  CHECK(module.named("n").init_by_shape(random::key(0), {{{1, 2}}, {{5}}}).params.contains("w"));
}

TEST_CASE("init_by_shape says how many inputs were wrong") {
  CHECK(fails<InvalidArgument>(
            [] {
              TwoInputs{}.init_by_shape(random::key(0), {{{3, 2}}});
            },
            {"TwoInputs", "1 tensors"}) == "");
  CHECK(fails<InvalidArgument>(
            [] {
              nn::Dense{.features = 1}.init_by_shape(random::key(0), {{{3}}, {{3}}});
            },
            {"Dense", "2 tensors"}) == "");
}

TEST_CASE("a parameter may depend on the data with init, not with init_by_shape") {
  const auto [y, params] = Outer{}.init(random::key(0), vector({1, -4}));
  CHECK(values(params["DataDependent_0"]["spread"]) == std::vector<double>{4});
  CHECK(values(y) == std::vector<double>{0.25, -1});
  CHECK(fails<InvalidArgument>([] { Outer{}.init_by_shape(random::key(0), {{{2}}}); },
                               {"init_by_shape", "DataDependent_0/spread", "use init"}) == "");
}

TEST_CASE("a state may not depend on the data with init_by_shape") {
  struct Keeps : nn::Module<Keeps> {
    Tensor apply(const Tensor& x) const {
      state("last", {2}, nn::initializers::zeros()).set(x);
      return x;
    }
  };
  const auto [y, stats] = nn::stateful([] { return Keeps{}.init(random::key(0), vector({1, 2})); });
  CHECK(values(stats["/"]["last"]) == std::vector<double>{1, 2});
  CHECK(fails<InvalidArgument>(
            [] { nn::stateful([] { return Keeps{}.init_by_shape(random::key(0), {{{2}}}); }); },
            {"init_by_shape", "state"}) == "");
  CHECK_FALSE(nn::is_stateful());
  CHECK_FALSE(InlineScope::is_open());
}

TEST_CASE("reading a value inside of init_by_shape is an error that names it") {
  struct Reads : nn::Module<Reads> {
    Tensor apply(const Tensor& x) const { return x * sum(x).item<float>(); }
  };
  CHECK(fails<InvalidArgument>([] { Reads{}.init_by_shape(random::key(0), {{{2}}}); },
                               {"init_by_shape", "; in /"}) == "");
}
