// Labels: which module a node was built by, and for whom.
#include <linseed/framework/graph/label.h>

#include <catch2/catch.hpp>

#include <linseed/framework/autodiff/checkpoint.h>
#include <linseed/framework/autodiff/grad.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/module/module.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

/// The labels of the steps that `tensor` is computed by, in their order.
std::vector<std::string> labels_of(const Tensor& tensor) {
  std::vector<std::string> labels;
  for (const auto& step : close(std::span(&tensor, 1), {}).program.steps) {
    labels.push_back(to_string(*step.label));
  }
  return labels;
}

struct Inner : nn::Module<Inner> {
  Tensor apply(const Tensor& x) const { return exp(x); }
};
struct Outer : nn::Module<Outer> {
  Tensor apply(const Tensor& x) const { return -Inner{}.named("block")(-x); }
};

const Tree kNoParameters{{"block", Tree()}};

}  // namespace

TEST_CASE("a node has the path of the module it was built in") {
  const Tensor y = Outer{}.call(kNoParameters, vector({1})) + 1;
  const auto labels = labels_of(y);
  CHECK(std::vector(labels.begin(), labels.begin() + 3) ==
        std::vector<std::string>{"/", "/block", "/"});
  CHECK(labels.back() == "(no module)");
  CHECK(LabelScope::current() == Label::none());
}

TEST_CASE("equal labels are one object, and the label of a derivative is its own derivative's") {
  const LabelScope scope("/a");
  const Label* first = LabelScope::current();
  const LabelScope again("/a");
  CHECK(LabelScope::current() == first);
  CHECK(first->backward->path == "/a");
  CHECK(first->backward->is_backward);
  CHECK(first->backward->backward == first->backward);
}

TEST_CASE("what a derivative rule builds belongs to the module it differentiates") {
  const auto loss = [](const Tensor& x) { return sum(Outer{}.call(kNoParameters, x)); };
  const Tensor gradient = [&] {
    const GradientScope keeps_graph;
    return grad(loss)(vector({1}));
  }();
  const auto labels = labels_of(gradient);
  CHECK(std::find(labels.begin(), labels.end(), "/block (backward)") != labels.end());
  CHECK(std::find(labels.begin(), labels.end(), "/ (backward)") != labels.end());
}

TEST_CASE("what a checkpoint computes again on the way back keeps its module") {
  const auto loss = [](const Tensor& x) {
    return sum(checkpoint([](const Tensor& t) { return Outer{}.call(kNoParameters, t); })(x));
  };
  const Tensor gradient = grad(loss)(vector({1}));
  std::vector<std::string> nested;
  const Program program = close(std::span(&gradient, 1), {}).program;
  for (const auto& step : program.steps) {
    if (step.primitive->programs == nullptr) continue;
    for (const Program* body : step.primitive->programs(step.attributes)) {
      for (const auto& inner : body->steps) nested.push_back(to_string(*inner.label));
    }
  }
  CHECK(std::find(nested.begin(), nested.end(), "/block (backward)") != nested.end());
}

TEST_CASE("a label of its own says that values may be infinite, and ends with its scope") {
  const auto label_of = [](const Tensor& tensor) { return tensor.node()->label; };
  const Tensor x = vector({1});
  const LabelScope scope("/a");
  CHECK_FALSE(label_of(exp(x))->may_be_infinite);
  const Tensor y = allow_non_finite([&] { return exp(x); });
  CHECK(label_of(y)->may_be_infinite);
  CHECK(label_of(y)->path == "/a");
  CHECK(label_of(y)->backward->may_be_infinite);
  CHECK(label_of(y)->unchecked == label_of(y));
  CHECK_FALSE(label_of(exp(x))->may_be_infinite);
}

}  // namespace linseed::test
