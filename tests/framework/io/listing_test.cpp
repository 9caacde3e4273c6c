// Which checkpoints are there after saving, against a model of a few lines.
#include <random>
#include <set>

#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/tests/framework/io/faulty_files.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

/// The steps in a directory.
struct Model {
  std::set<std::int64_t> steps;

  bool refuses(std::int64_t step, const SaveOptions& options) const {
    if (options.keep < 1 || step < 0) return true;
    return !options.overwrite && !steps.empty() && *steps.rbegin() >= step;
  }
  void save(std::int64_t step, const SaveOptions& options) {
    steps.insert(step);
    steps.erase(steps.upper_bound(step), steps.end());
    while (steps.size() > static_cast<std::size_t>(options.keep)) steps.erase(steps.begin());
  }
};

const std::vector<std::string> kOthers = {"checkpoint_",      "checkpoint_-3",
                                          "checkpoint_007",   "checkpoint_1e3",
                                          "checkpoint_5x",    "checkpoint_tmp",
                                          "xcheckpoint_9999", "notes.txt",
                                          "checkpoint_ 1",    "checkpoint_99999999999999999999"};

std::vector<std::string> expected_names(const Model& model) {
  std::vector<std::string> names = kOthers;
  for (const std::int64_t step : model.steps) {
    names.push_back("checkpoint_" + std::to_string(step));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("random savings leave the checkpoints that the options say, and every other file") {
  const TemporaryDirectory directory;
  for (const std::string& name : kOthers) write_file(directory.path() / name, "x");
  FaultyFiles files;
  Model model;
  std::mt19937 random(3);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::int64_t latest = model.steps.empty() ? 0 : *model.steps.rbegin();
    const std::int64_t step = std::max<std::int64_t>(-1, latest - 12 + random() % 30);
    const SaveOptions options{.keep = static_cast<int>(random() % 6),
                              .overwrite = random() % 4 == 0};
    const auto save = [&] {
      io::save(files, directory.path(), io::describe(Tensor(step)), step, options, {});
    };
    if (model.refuses(step, options)) {
      CHECK_THROWS_AS(save(), InvalidArgument);
      ++refused;
    } else {
      save();
      model.save(step, options);
    }
    REQUIRE(directory.names() == expected_names(model));
    if (model.steps.empty()) {
      CHECK(!latest_step(directory.path()).has_value());
      continue;
    }
    auto wanted = model.steps.begin();
    std::advance(wanted, random() % model.steps.size());
    const auto restored =
        restore_checkpoint(directory.path(), Tensor(std::int64_t{0}), {.step = *wanted});
    CHECK(restored.value.item<std::int64_t>() == *wanted);
    CHECK(restore_checkpoint(directory.path(), Tensor(std::int64_t{0})).step ==
          *model.steps.rbegin());
    CHECK(latest_step(directory.path()) == *model.steps.rbegin());
  }
  CHECK(refused > 500);
}

TEST_CASE("steps sort as numbers, and prefixes do not see each other") {
  const TemporaryDirectory directory;
  for (const std::int64_t step : {0, 9, 10, 100}) {
    save_checkpoint(directory.path(), Tensor(step), step, {.keep = 10});
    save_checkpoint(directory.path(), Tensor(-step), step + 1, {.keep = 10, .prefix = "best_"});
  }
  CHECK(latest_step(directory.path()) == 100);
  CHECK(latest_step(directory.path(), "best_") == 101);
  CHECK(restore_checkpoint(directory.path(), Tensor(std::int64_t{0}), {.step = 0}).step == 0);
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  save_checkpoint(directory.path(), Tensor(1), largest, {});
  CHECK(restore_checkpoint(directory.path(), Tensor(0)).step == largest);
  CHECK(latest_step(directory.path(), "best_") == 101);
}
