// Methods of modules.
#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/tests/support/body.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/values.h>

using namespace linseed;
using namespace linseed::test;
namespace nn = linseed::nn;

namespace {

using Values = std::vector<double>;

/// An embedding whose table also turns features back into scores.
struct Table : nn::Module<Table> {
  nn::Required<int> features;

  Tensor apply(const Tensor& one_hot) const {
    return matmul(one_hot, param("table", {one_hot.dim(-1), features}, nn::initializers::ones()));
  }
  Tensor attend(const Tensor& x, float gain) const {
    return matmul(x, transpose(get_param("table"))) * gain;
  }
  Tensor norm() const { return sum(get_param("table") * get_param("table")); }
  Tensor fresh() const { return param("other", {2}, nn::initializers::ones()); }
  Tensor rows() const { return attend(linseed::ones({1, features}), 1); }
};

struct Other : nn::Module<Other> {
  Tensor apply(const Tensor& x) const { return x; }
  Tensor norm() const { return zeros({}); }
};

template <class T, auto function>
concept HasMethod = requires(const T& t) {
  t.template method<function>();
};

const Tree kParams{{"table", Tensor::from({1.f, 2.f, 3.f, 4.f}, {2, 2})}};

}  // namespace

TEST_CASE("a model's method runs with the model's parameters, compiled and not") {
  const nn::Model<Table> model(Table{.features = 2}, kParams);
  CHECK(values(model.method<&Table::norm>()) == Values{30});
  CHECK(values(model.method<&Table::attend>(vector({1, 1}), 2.f)) == Values{6, 14});
  CHECK(values(model.method<&Table::rows>()) == Values{3, 7});  // one method uses another

  const auto norm = [](const nn::Model<Table>& m) { return m.method<&Table::norm>(); };
  CHECK(values(jit(norm)(model)) == Values{30});
  CHECK(values(grad(norm)(model).params["table"]) == Values{2, 4, 6, 8});
}

TEST_CASE("a shared module's method uses the parameters that its apply has made") {
  const Body tied{.body = [](const Tensor& x) {
    const auto table = Table{.features = 3}.shared("table");
    return table.method<&Table::attend>(table(x), 1.f);
  }};
  const auto [y, params] = tied.init(random::key(0), vector({1, 2}));
  CHECK(values(y) == Values{9, 9});
  CHECK(params.size() == 1);
  CHECK(params["table"]["table"].tensor().shape() == Shape{2, 3});

  const auto [shape, same] = tied.init_by_shape(random::key(0), {{{5, 2}}});
  CHECK(shape.shape() == Shape{5, 2});
  CHECK(same["table"]["table"].tensor().shape() == Shape{2, 3});
}

TEST_CASE("a method of an unshared module is a module of its own, named after the method") {
  const auto params_of = [](const std::function<Tensor()>& body) {
    return Body{.body = [&](const Tensor&) { return body(); }}
        .init(random::key(0), vector({1}))
        .params;
  };
  const Tree params = params_of([] {
    const Table table{.features = 2};
    return table.method<&Table::fresh>() + table.named("mine").method<&Table::fresh>();
  });
  CHECK(params.size() == 2);
  CHECK(params["fresh_0"].contains("other"));
  CHECK(params["mine"].contains("other"));

  CHECK(breaks(ModuleRule::E11,
               [&] { params_of([] { return Table{.features = 2}.method<&Table::norm>(); }); },
               {"\"table\"", "none", "; in /norm_0"}) == "");
}

TEST_CASE("a method of a shared module, used first, makes the parameters of its first use") {
  // flax.nn's rule: only the first use is in init mode, whichever it is.
  CHECK(breaks(ModuleRule::E11,
               [] {
                 Body{.body = [](const Tensor& x) {
                   const auto table = Table{.features = 2}.shared("table");
                   table.method<&Table::fresh>();
                   return table(x);
                 }}.init(random::key(0), vector({1, 2}));
               },
               {"\"table\"", "there are: other", "; in /table"}) == "");
}

TEST_CASE("E25: what is no method of the module, or of other arguments, does not compile") {
  static_assert(HasMethod<nn::Model<Table>, &Table::norm>);
  static_assert(!HasMethod<nn::Model<Table>, &Other::norm>);
  static_assert(!HasMethod<nn::Model<Table>, &Table::attend>);  // it wants arguments
  static_assert(HasMethod<nn::Shared<Table>, &Table::norm>);
  static_assert(!HasMethod<nn::Shared<Table>, &Other::norm>);
  static_assert(!HasMethod<Table, &Other::norm>);
  SUCCEED();
}
