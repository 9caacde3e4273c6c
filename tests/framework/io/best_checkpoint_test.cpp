#include <linseed/framework/io/best_checkpoint.h>

#include <catch2/catch.hpp>

#include <array>
#include <cmath>

#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/ops/elementwise.h>

#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

struct Run {
  Tensor weight;
  std::pair<Tensor, int> other;
  static constexpr auto tree = fields<&Run::weight, &Run::other>;
};

Run run(float weight) { return {vector({weight}), {Tensor(7), 3}}; }

double best_weight(const std::filesystem::path& directory) {
  const auto best = restore_checkpoint(directory, run(0), {.at = "target", .prefix = "best_"});
  return values(best.value.weight)[0];
}

}  // namespace

TEST_CASE("the best state is kept, once, and worse or equal ones are not saved") {
  const TemporaryDirectory directory;
  CHECK(save_if_best(directory.path(), run(1), 10, 0.5));
  CHECK_FALSE(save_if_best(directory.path(), run(2), 20, 0.75));
  CHECK_FALSE(save_if_best(directory.path(), run(3), 30, 0.5));
  CHECK_FALSE(save_if_best(directory.path(), run(4), 40, std::nan("")));
  CHECK(best_weight(directory.path()) == 1);
  CHECK(save_if_best(directory.path(), run(5), 50, 0.25));
  CHECK(best_weight(directory.path()) == 5);
  CHECK(latest_step(directory.path(), "best_") == 50);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "best_10"));
}

TEST_CASE("a run that was set back replaces a later best by a better one") {
  const TemporaryDirectory directory;
  save_if_best(directory.path(), run(1), 50, 0.5);
  CHECK_FALSE(save_if_best(directory.path(), run(2), 20, 0.75));
  CHECK(save_if_best(directory.path(), run(3), 30, 0.25));
  CHECK(best_weight(directory.path()) == 3);
  CHECK(latest_step(directory.path(), "best_") == 30);
}

TEST_CASE("of an accuracy higher is better, and checkpoints beside it are left alone") {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), run(9), 15);
  CHECK(save_if_best(directory.path(), run(1), 10, 0.5, {.higher_is_better = true}));
  CHECK(save_if_best(directory.path(), run(2), 20, 0.75, {.higher_is_better = true}));
  CHECK_FALSE(save_if_best(directory.path(), run(3), 30, 0.25, {.higher_is_better = true}));
  CHECK(best_weight(directory.path()) == 2);
  CHECK(latest_step(directory.path()) == 15);
}

TEST_CASE("the first of a run makes its directory, and the config is kept with the best") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "runs" / "new";
  CHECK(save_if_best(path, run(1), 10, 0.5, {.config = R"({"rate":0.1})"}));
  CHECK(checkpoint_config(path, {.prefix = "best_"}) == R"({"rate":0.1})");
}

TEST_CASE("the functions of a state are kept with the best of it") {
  const TemporaryDirectory directory;
  const auto scale = [](const Run& own, const Tensor& x) { return x * own.weight; };
  const auto moved = [](Run own, const Tensor& x) {
    own.weight = own.weight + x;
    return own;
  };
  const TensorSpec x{{1}, float32};
  save_if_best(directory.path(), run(3), 10, 0.5,
               {.functions = {{"scale", export_function(scale, run(3), x)},
                              {"moved", export_function(moved, run(3), x)}}});
  const CheckpointFile file = read_checkpoint(directory.path(), "best_");
  const auto call = [&](const std::string& name) {
    const Exported& function = file.functions.at(name);
    return function.call(state_for(function, file.state), std::array{vector({2})});
  };
  CHECK(values(call("scale").at(0))[0] == 6);
  CHECK(values(call("moved").at(0))[0] == 5);
  CHECK(file.functions.at("moved").results.at(0).name == "target/weight");
}

}  // namespace linseed::test
