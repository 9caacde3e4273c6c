// Replay: every operation comes back from its file with the same bits.
#include <linseed/framework/io/replay.h>

#include <catch2/catch.hpp>

#include <linseed/framework/graph/node.h>
#include <linseed/framework/graph/program.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/table.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/samples.h>

namespace linseed::test {
namespace {

/// The first use of `primitive` in the graph of `tensor`, evaluated, as a step to write.
RecordedStep recorded_use(const Primitive& primitive, const Tensor& tensor) {
  const ClosedGraph graph = close(std::span(&tensor, 1), {});
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::shared_ptr<Node>& node = graph.nodes[i];
    if (node->primitive != &primitive) continue;
    RecordedStep step{std::string(primitive.name),
                      attributes_text(graph.program.steps[i]),
                      "/here",
                      "step 1 of 1",
                      node->inputs,
                      {}};
    for (int k = 0; k < static_cast<int>(node->outputs.size()); ++k) {
      step.outputs.emplace_back(node, k);
    }
    evaluate(step.inputs, step.outputs);
    return step;
  }
  throw std::runtime_error("the sample does not use its primitive");
}

void check_same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

RecordedStep quotient() {
  const Tensor x = Tensor::from({1.F, 0.F}, {2}), y = Tensor::from({0.F, 0.F}, {2});
  return {"divide", "", "/Head_1", "step 7 of 12", {x, y}, {x / y}};
}

}  // namespace

TEST_CASE("a row with attributes says how they are written, or runs jointly") {
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->joint_kernel != nullptr) continue;
    for (const Sample& sample : samples_of(primitive->name)) {
      const Tensor result = sample.build(sample.inputs);
      for (const auto& node : close(std::span(&result, 1), {}).nodes) {
        if (node->primitive != primitive || node->attributes.get() == nullptr) continue;
        INFO(primitive->name << " has attributes but no '.attributes = &attribute_text<…>' in its "
                                "row; the struct lists its fields: 'static constexpr auto tree = "
                                "fields<…>'");
        REQUIRE(primitive->attributes != nullptr);
        const AttributeText& text = *primitive->attributes;
        CHECK(text.read(text.write(node->attributes)) == node->attributes);
      }
    }
  }
}

TEST_CASE("every primitive that runs alone is written and replayed with the same bits") {
  const TemporaryDirectory directory;
  for (const Primitive* primitive : all_primitives()) {
    if (primitive->joint_kernel != nullptr) continue;
    for (const Sample& sample : samples_of(primitive->name)) {
      INFO(primitive->name << ", " << sample.about);
      const RecordedStep step = recorded_use(*primitive, sample.build(sample.inputs));
      const auto file = write_step(step, directory.path());
      const RecordedStep stored = read_step(file);
      const RecordedStep again = replay(file);
      CHECK(stored.attributes == step.attributes);
      check_same_bits(stored.inputs, step.inputs);
      check_same_bits(stored.outputs, step.outputs);
      check_same_bits(again.outputs, step.outputs);
    }
  }
}

TEST_CASE("a step keeps its words, and its infinities and NaN") {
  const TemporaryDirectory directory;
  const RecordedStep step = quotient();
  const auto file = write_step(step, directory.path() / "made" / "for it");
  CHECK(file == directory.path() / "made" / "for it" / "not_finite_divide_1");
  const RecordedStep again = replay(file);
  CHECK(again.op == "divide");
  CHECK(again.attributes.empty());
  CHECK(again.module_path == "/Head_1");
  CHECK(again.place == "step 7 of 12");
  check_same_bits(again.outputs, step.outputs);
}

TEST_CASE("replay says what it cannot do") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(replay(directory.path() / "nothing"), Catch::Contains("there is no file"));

  RecordedStep step = quotient();
  step.op = "scan";
  const auto scan = write_step(step, directory.path());
  CHECK_THROWS_AS(replay(scan), NotSupported);
  CHECK_THROWS_WITH(replay(scan), Catch::Contains("runs a program"));
  CHECK(read_step(scan).inputs.size() == 2);

  step.op = "of_another_build";
  CHECK_THROWS_WITH(replay(write_step(step, directory.path())),
                    Catch::Contains("'of_another_build'"));

  step = quotient();
  step.inputs.pop_back();
  step.op = "transpose";
  step.attributes = "{permutation=[0,x]}";
  CHECK_THROWS_WITH(replay(write_step(step, directory.path())),
                    Catch::Contains("a number was expected at byte 16"));

  const auto file = write_step(quotient(), directory.path());
  std::string bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(file, bytes);
  CHECK_THROWS_AS(replay(file), DataCorruption);

  save_checkpoint(directory.path(), Tree{{"op", Tensor(1.F)}}, 1);
  CHECK_THROWS_WITH(replay(directory.path() / "checkpoint_1"),
                    Catch::Contains("it holds no recorded step"));
}

}  // namespace linseed::test
