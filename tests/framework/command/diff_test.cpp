// `linseed diff`, and the comparison of states it stands on.
#include <linseed/framework/command/diff.h>

#include <limits>

#include <nlohmann/json.hpp>

#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

using command::Comparison;
using command::Role;
using command::TensorDifference;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Comparison compare(const Run& a, const Run& b) { return command::compare(a.state(), b.state()); }

/// How the single tensors "x" of two states differ.
TensorDifference difference(const Tensor& a, const Tensor& b) {
  const Tree left{{"x", a}}, right{{"x", b}};
  const Comparison all = command::compare(io::describe(left), io::describe(right));
  return all.tensors.at(0);
}

}  // namespace

TEST_CASE("a state compared with itself has the same bits, NaN and all") {
  Run run;
  run.kernel = Tensor::from({kNan, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, -0.f}, {2, 4});
  const Comparison same = compare(run, run);
  CHECK(same.same());
  CHECK(same.tensors.size() == 7);
  CHECK(same.changed().empty());
  CHECK(command::verdict(same) == "the same bits in 7 tensors");
}

TEST_CASE("a difference is measured by its largest element, its norm and its angle") {
  const TensorDifference turned = difference(floats({3, 4}), floats({4, -3}));
  CHECK_FALSE(turned.same_bits);
  CHECK(turned.largest == 7);
  CHECK(turned.relative == Approx(std::sqrt(50.) / 5));
  CHECK(turned.cosine == Approx(0).margin(1e-15));  // a sum of two roundings
  const TensorDifference longer = difference(floats({3, 4}), floats({6, 8}));
  CHECK(longer.relative == Approx(1));
  CHECK(longer.cosine == Approx(1));
  CHECK(difference(floats({1, 0}), floats({-1, 0})).cosine == Approx(-1));
}

TEST_CASE("zeros and values that are not finite have differences, too") {
  const TensorDifference from_zero = difference(floats({0, 0}), floats({0, 1}));
  CHECK(from_zero.relative == kInfinity);
  CHECK(from_zero.cosine == 0);
  const TensorDifference lost = difference(floats({1, 2}), floats({1, kNan}));
  CHECK(lost.largest == kInfinity);
  CHECK(lost.relative == kInfinity);
  const TensorDifference sign = difference(floats({0.f}), floats({-0.f}));
  CHECK_FALSE(sign.same_bits);
  CHECK(sign.largest == 0);
  CHECK(sign.cosine == 1);
  CHECK(difference(Tensor(7), Tensor(9)).relative == Approx(2. / 7));
}

TEST_CASE("the verdict says which part of a run differs") {
  Run other;
  other.var = floats({1.5f, 0.02f, 0.7f, 4.f});
  const Comparison statistics = compare(Run{}, other);
  CHECK(missing_words(
            command::verdict(statistics),
            {"other BatchNorm statistics (1 of 2", "the same parameters, optimizer state"}) == "");
  other = {};
  other.kernel = other.momentum;
  const std::string text = command::verdict(compare(Run{}, other));
  CHECK(missing_words(text, {"other parameters (1 of 3 tensors, by up to 90 % of their norm)"}) ==
        "");
  other = {};
  other.step = 7;
  CHECK(missing_words(command::verdict(compare(Run{}, other)), {"other optimizer state (1 of 2"}) ==
        "");
}

TEST_CASE("names that one state alone has, and other shapes, are differences") {
  const Tree a{{"x", floats({1})}, {"gone", floats({1})}, {"y", floats({1, 2})}, {"void", Tree()}};
  const Tree b{{"y", Tensor(1)}, {"x", floats({1})}, {"a/b", floats({1})}};
  const Comparison all = command::compare(io::describe(a), io::describe(b));
  CHECK_FALSE(all.same());
  CHECK(all.changed().empty());
  CHECK(all.only_a == std::vector<std::string>{"gone", "void/"});
  CHECK(all.only_b == std::vector<std::string>{"a%2Fb"});
  CHECK(all.other_specs == std::vector<std::string>{"y: [2] float32 and [] int32"});
  CHECK(missing_words(command::verdict(all), {"2 only in A, 1 only in B, 1 of another shape"}) ==
        "");
  const Tree with{{"x", floats({1})}, {"void", Tree()}}, without{{"x", floats({1})}};
  CHECK_FALSE(command::compare(io::describe(with), io::describe(without)).same());
  CHECK(command::compare(io::describe(with), io::describe(with)).same());
}

TEST_CASE("diff ends with 0, 1 or 3, as diff does") {
  const TemporaryDirectory directory;
  Run run;
  const auto file = [&](const std::string& name, const Run& saved) {
    return save_checkpoint(directory.path() / name, saved.tree(), 5).string();
  };
  const std::string first = file("a", run), again = file("b", run);
  run.kernel = run.momentum;
  run.step = 1001;
  const std::string other = file("c", run);

  const Outcome same = linseed({"diff", first, again});
  CHECK(same.exit == command::kYes);
  CHECK(missing_words(same.out, {"the same bits in 7 tensors"}) == "");
  const Outcome differ = linseed({"diff", first, (directory.path() / "c").string()});
  CHECK(differ.exit == command::kNo);
  CHECK(differ.out.find("Conv_0/kernel") < differ.out.find("optimizer/state/step"));
  CHECK(missing_words(linseed({"diff", "--top", "1", first, other}).out, {"and 1 more"}) == "");
  CHECK(linseed({"diff", "--quiet", first, other}).out.empty());
  CHECK(linseed({"diff", "--quiet", first, other}).exit == command::kNo);
  CHECK(linseed({"diff", first, first + "1"}).exit == command::kFailed);
  CHECK(linseed({"diff", first}).exit == command::kUsage);
}

TEST_CASE("diff prints JSON") {
  const TemporaryDirectory directory;
  Run run;
  const std::string first = save_checkpoint(directory.path() / "a", run.tree(), 5).string();
  run.mean = floats({0.5f, -0.25f, 1.f, kNan});
  const std::string other = save_checkpoint(directory.path() / "b", run.tree(), 6).string();
  const auto json = nlohmann::json::parse(linseed({"diff", "--json", first, other}).out);
  CHECK(json["same"] == false);
  CHECK(json["b"]["step"] == 6);
  CHECK(json["tensors"].size() == 7);
  for (const auto& each : json["tensors"]) {
    const bool is_mean = each["path"] == "stats/%2Fblock%2FBatchNorm_1/mean";
    CHECK(each["same_bits"] == !is_mean);
    CHECK(each["relative"].is_null() == is_mean);
  }
}

}  // namespace linseed::test
