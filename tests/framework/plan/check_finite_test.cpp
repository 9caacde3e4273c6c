// set_check_finite: where runs stop, and what is said then.
#include <linseed/framework/plan/check_finite.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/cond.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/autodiff/scan.h>
#include <linseed/framework/autodiff/vjp.h>
#include <linseed/framework/io/replay.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>
#include <linseed/framework/pmap.h>
#include <linseed/modules/activation.h>
#include <linseed/modules/batch_norm.h>
#include <linseed/modules/conv.h>
#include <linseed/modules/dense.h>
#include <linseed/modules/loss.h>
#include <linseed/modules/pooling.h>
#include <linseed/optim/momentum.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Switches the check on, with a directory of its own, while it lives.
struct Checking {
  TemporaryDirectory directory;

  Checking() { set_check_finite(true, {.directory = directory.path()}); }
  ~Checking() { set_check_finite(false); }
};

/// The NotFinite that `act` throws.
template <class Act>
NotFinite caught(Act act) {
  try {
    act();
  } catch (const NotFinite& error) {
    return error;
  }
  throw std::runtime_error("nothing was thrown");
}

struct Root : nn::Module<Root> {
  Tensor apply(const Tensor& x) const { return sum(sqrt(x)); }
};
struct Net : nn::Module<Net> {
  Tensor apply(const Tensor& x) const { return Root{}(x * 2) + Root{}.named("second")(x); }
};

struct Cnn : nn::Module<Cnn> {
  Tensor apply(const Tensor& image) const {
    Tensor x = nn::Conv{.features = 2, .kernel_size = {3, 3}, .bias = false}(image);
    x = nn::max_pool(nn::relu(nn::BatchNorm{}(x)), {2, 2}, {2, 2});
    return nn::Dense{.features = 3}(reshape(x, {x.dim(0), -1}));
  }
};

using CnnOptimizer = optim::Optimizer<optim::Momentum, nn::Model<Cnn>>;

/// A training step with what it starts from.
struct Training {
  Tensor images = ones({2, 6, 6, 1});
  nn::Collection stats;
  std::optional<CnnOptimizer> optimizer;

  Training() {
    auto [created, made] = nn::stateful([&] { return Cnn{}.create(random::key(0), images); });
    stats = made;
    optimizer = optim::Momentum{.learning_rate = 0.1F}.create(created.model);
  }

  auto step() const {
    const auto one = jit([](auto state, nn::Collection old_stats, Tensor x) {
      const auto loss_of = [&](const nn::Model<Cnn>& model) {
        auto [logits, new_stats] = nn::stateful(old_stats, [&] { return model(x); });
        return std::pair(nn::softmax_cross_entropy(logits, Tensor::from({0, 2}, {2})), new_stats);
      };
      auto [loss, new_stats, gradient] = value_and_grad(loss_of, has_aux)(state.target);
      return std::tuple(state.apply_gradient(gradient), new_stats, loss);
    });
    return one(*optimizer, stats, images);
  }
};

}  // namespace

TEST_CASE("a NaN stops the run and the message says where it arose") {
  const Checking checking;
  const Tensor x = Tensor::from({1.F, -4.F, 9.F, -kInfinity}, {2, 2});
  const NotFinite error = caught([&] { evaluate(sqrt(x) + 1); });
  const std::string file = (checking.directory.path() / "not_finite_sqrt_1").string();
  CHECK(error.what() ==
        "check_finite: sqrt gave 2 NaN in its output [2,2] float32, the first at [0,1]\n"
        "  step 1 of 3\n"
        "  input 0 [2,2] float32: -4 to 9, 1 infinity (already so before this run)\n"
        "  written to '" +
            file + "'; linseed::replay runs the step again");
  CHECK(error.op() == "sqrt");
  CHECK(error.file() == file);
}

TEST_CASE("the module path of the op is that of the module that built it, forward and backward") {
  const Checking checking;
  const Tensor zero = vector({0, 1});
  const auto loss = [](const Tensor& x) {
    return Net{}.call(Tree{{"Root_0", Tree()}, {"second", Tree()}}, x);
  };
  CHECK(caught([&] { evaluate(loss(vector({1, -1}))); }).module_path() == "/Root_0");
  CHECK(loss(zero).item<float>() > 0);  // the root of 0 is 0, only its derivative is infinite
  const NotFinite error = caught([&] { evaluate(grad(loss)(zero)); });
  CHECK_THAT(error.module_path(), Catch::EndsWith(" (backward)"));
  CHECK_THAT(error.what(), Catch::Contains("1 infinity") &&
                               Catch::Contains("; in " + error.module_path() + "\n"));
}

TEST_CASE("a compiled training step of a CNN names the layer, traced before the check was on") {
  Training training;
  const auto [optimizer, stats, loss] = training.step();
  CHECK(std::isfinite(loss.item<float>()));
  const Checking checking;
  training.step();  // is finite
  training.optimizer->target.params["Conv_0"]["kernel"] = full({3, 3, 1, 2}, 2.F);
  training.images = full({2, 6, 6, 1}, 3e38F);
  const NotFinite forward = caught([&] { training.step(); });
  CHECK(forward.op() == "convolution");
  CHECK(forward.module_path() == "/Conv_0");
  CHECK_THAT(forward.what(),
             Catch::Contains("input 0 [2,6,6,1] float32: 3e+38 to 3e+38, all finite"));

  training.images = ones({2, 6, 6, 1});
  training.optimizer->target.params["BatchNorm_1"]["bias"] = vector({1, kInfinity});
  const NotFinite argument = caught([&] { training.step(); });
  CHECK(argument.module_path() == "/BatchNorm_1");
  CHECK_THAT(argument.what(), Catch::Contains("1 infinity (already so in argument "));
}

TEST_CASE("one function traced with the check off stops when it is on") {
  const auto f = jit([](const Tensor& x) { return log(x) * 0; });
  CHECK(std::isnan(f(vector({0})).item<float>()));
  const Checking checking;
  const NotFinite error = caught([&] { f(vector({0})); });
  CHECK(error.op() == "log");
  CHECK_THAT(error.what(), Catch::Contains("step 1 of "));
  CHECK(f(vector({1})).item<float>() == 0);
}

TEST_CASE("programs inside of a step are checked step by step") {
  const Checking checking;
  const auto down = [](const Tensor& carry, const Tensor& x) {
    return std::pair(carry - x, log(carry));
  };
  const auto scanned = [&] { evaluate(scan(down, Tensor(2.F), ones({4})).second); };
  const NotFinite in_scan = caught(scanned);
  CHECK(in_scan.op() == "log");
  CHECK_THAT(in_scan.what(), Catch::Contains(" inside of step ") && Catch::Contains("(scan)") &&
                                 Catch::Contains("0 to 0"));

  const auto recomputed = [&] {
    const auto loss = [](const Tensor& x) {
      return sum(checkpoint([](const Tensor& t) { return log(t); })(x));
    };
    evaluate(value_and_grad(loss)(vector({0})));
  };
  CHECK_THAT(caught(recomputed).what(), Catch::Contains("(checkpoint)"));
  const auto chosen = [&](bool which) {
    evaluate(cond(
        Tensor(which), [](const Tensor& x) { return log(x); }, [](const Tensor& x) { return x; },
        vector({0})));
  };
  CHECK_THAT(caught([&] { chosen(true); }).what(), Catch::Contains("(cond)"));
  CHECK_NOTHROW(chosen(false));
}

TEST_CASE("an input that is written over is shown and kept as it was") {
  const Checking checking;
  // The product dies in exp, which may work in its place.
  const NotFinite error = caught([] { evaluate(exp(vector({1, 2, 3}) * 100)); });
  CHECK_THAT(error.what(), Catch::Contains("input 0 [3] float32: 100 to 300, all finite"));
  const RecordedStep step = read_step(error.file());
  CHECK(step.inputs[0].data<float>()[1] == 200);
  CHECK(std::isinf(step.outputs[0].data<float>()[0]));
}

TEST_CASE("what is allowed to be infinite does not stop the run, what reads it does") {
  const Checking checking;
  const Tensor mask = Tensor::from({true, false}, {2});
  const auto scores = [&] {
    return allow_non_finite([&] { return where(mask, vector({1, 2}), full({2}, -kInfinity)); });
  };
  CHECK(exp(scores()).data<float>()[1] == 0);
  const NotFinite error = caught([&] { evaluate(scores() * 2); });
  CHECK(error.op() == "multiply");
  CHECK_THAT(error.what(), Catch::Contains("1 infinity (allowed to be)"));
}

TEST_CASE("what is allowed to be infinite may leave the program it was made in") {
  const Checking checking;
  const auto masked = [](const Tensor& x) {
    return allow_non_finite([&] { return where(x > 1, x, full(x.shape(), -kInfinity)); });
  };
  const Tensor x = vector({1, 2});
  CHECK_NOTHROW(evaluate(map(masked, x)));
  CHECK_NOTHROW(evaluate(cond(Tensor(true), masked, masked, x)));
  CHECK_NOTHROW(evaluate(pmap(masked)(x)));
  const auto loss = [&](const Tensor& v) { return sum(exp(checkpoint(masked)(v))); };
  CHECK_NOTHROW(evaluate(value_and_grad(loss)(x)));
}

TEST_CASE("inside of pmap the replica is named, whether it runs alone, in a loop or with others") {
  const Checking checking;
  const auto message = [](auto f) {
    const Tensor x = vector({1, 2, 3, 0});
    return std::string(caught([&] { evaluate(pmap(f, {.axis_name = "batch"})(x)); }).what());
  };
  const auto inverse = [](const Tensor& v) { return 1 / v; };
  const std::string replica = ", replica 3 of axis \"batch\" inside of step";
  CHECK_THAT(message(inverse), Catch::Contains(replica));
  CHECK_THAT(message([&](const Tensor& v) { return map(inverse, expand_dims(v, 0)); }),
             Catch::Contains("(scan)" + replica));
  CHECK_THAT(message([&](const Tensor& v) {
               return map([](const Tensor& e) { return 1 / e + psum(e, "batch"); },
                          expand_dims(v, 0));
             }),
             Catch::Contains(", replica 3 of axis \"batch\" inside of step"));
  // The sum of both is too large: what replicas get together is that of the first.
  CHECK_THAT(message([](const Tensor& v) { return psum(v * 1e38f, "batch"); }),
             Catch::Contains("psum gave") && Catch::Contains("replica 0 of axis \"batch\""));

  const auto rows = [&](const Tensor& row) { return pmap(inverse, {.axis_name = "inner"})(row); };
  const NotFinite nested = caught([&] {
    evaluate(
        pmap(rows, {.axis_name = "outer"})(Tensor::from({1.f, 1.f, 1.f, 0.f, 1.f, 1.f}, {2, 3})));
  });
  CHECK_THAT(nested.what(), Catch::Contains("replica 0 of axis \"inner\"") &&
                                Catch::Contains("(pmap), replica 1 of axis \"outer\""));
}

TEST_CASE("a pullback may be infinite where it is called, though its module did not say so") {
  const Checking checking;
  const Tree params{{"Root_0", Tree()}, {"second", Tree()}};
  const auto pullback =
      vjp([&](const Tensor& x) { return Net{}.call(params, x); }, ones({2})).second;
  const Tensor infinite = Tensor(kInfinity);
  CHECK(std::isinf(allow_non_finite([&] { return pullback(infinite); }).data<float>()[0]));
  CHECK_THROWS_AS(evaluate(pullback(infinite)), NotFinite);
}

TEST_CASE("outside of all modules there is no module path") {
  const Checking checking;
  const NotFinite error = caught([] { evaluate(log(vector({0}))); });
  CHECK(error.module_path().empty());
  CHECK_THAT(error.what(), !Catch::Contains("module"));
}

TEST_CASE("integers and empty tensors are finite") {
  const Checking checking;
  evaluate(Tensor::from({1, 2}, {2}) * 3, zeros({0, 3}) + 1, less(vector({1}), vector({2})));
  CHECK(checking.directory.names().empty());
}

TEST_CASE("the check changes no bit, and nothing is checked while it is off") {
  CHECK_FALSE(check_finite());
  const Tensor x = vector({0.1F, 0.7F, -3});
  const auto f = [&] { return log(exp(x) + 1) / (x + 5); };
  const Tensor off = f();
  evaluate(off);
  CHECK(std::isnan(sqrt(x).data<float>()[2]));
  const Checking checking;
  CHECK(check_finite());
  CHECK(same_bits(f(), off));
}

TEST_CASE("no file is overwritten, and a directory that cannot be used hides no error") {
  Checking checking;
  const auto fail = [] { evaluate(log(vector({0}))); };
  CHECK(caught(fail).file().filename() == "not_finite_log_1");
  CHECK(caught(fail).file().filename() == "not_finite_log_2");
  CHECK(checking.directory.names().size() == 2);

  set_check_finite(true, {.directory = checking.directory.path() / "not_finite_log_1"});
  const NotFinite error = caught(fail);
  CHECK(error.file().empty());
  CHECK_THAT(error.what(), Catch::Contains("log gave 1 infinity") &&
                               Catch::Contains("not written to a file: ") &&
                               Catch::Contains("Not a directory"));
}

TEST_CASE("neither many files are written nor large ones, and the message says why") {
  const Checking checking;
  const auto fail = [] { evaluate(log(vector({0, 0}))); };
  const auto path = checking.directory.path();
  set_check_finite(true, {.directory = path, .most_files = 1});
  CHECK_FALSE(caught(fail).file().empty());
  const NotFinite second = caught(fail);
  CHECK(second.file().empty());
  CHECK_THAT(second.what(),
             Catch::EndsWith("not written to a file: 1 have been, and .most_files is 1"));

  set_check_finite(true, {.directory = path, .most_bytes = 15});
  CHECK_THAT(caught(fail).what(), Catch::EndsWith("16 bytes, and .most_bytes is 15"));
  set_check_finite(true, {.directory = path, .most_bytes = 16});
  CHECK(caught(fail).file().filename() == "not_finite_log_2");
  CHECK(checking.directory.names().size() == 2);
}

TEST_CASE("LINSEED_CHECK_FINITE=1 switches the check on, and its directory is the environment's",
          "[.environment]") {
  const char* directory = std::getenv("LINSEED_CHECK_FINITE_DIR");
  REQUIRE(directory != nullptr);
  const NotFinite error = caught([] { evaluate(log(vector({0}))); });
  CHECK(error.file().parent_path() == directory);
  std::filesystem::remove(error.file());
}

TEST_CASE("LINSEED_CHECK_FINITE=yes is an error that shows it", "[.bad_environment]") {
  CHECK_THROWS_AS(evaluate(vector({1}) + 1), InvalidArgument);
  CHECK_THROWS_WITH(evaluate(vector({1}) + 1),
                    Catch::Contains("LINSEED_CHECK_FINITE") && Catch::Contains("'yes'"));
}

}  // namespace linseed::test
