// Every system call of saving and restoring fails in turn, in every way.
#include <fcntl.h>
#include <sys/file.h>

#include <iostream>

#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/directory_internal.h>
#include <linseed/tests/framework/io/faulty_files.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;

namespace {

const int kErrors[] = {EIO, ENOSPC, EDQUOT, EINTR, EACCES, ENOLCK, 0};

Tree state_of(int step) {
  return {{"kernel", Tensor::from({static_cast<float>(step), 2.f, 3.f, 4.f}, {2, 2})},
          {"step", Tensor(step)}};
}

std::filesystem::path save(io::FileSystem& files, const std::filesystem::path& path, int step,
                           const SaveOptions& options = {}) {
  return io::save(files, path, io::describe(state_of(step)), step, options, {});
}

Tree restore(io::FileSystem& files, const std::filesystem::path& path) {
  const Tree target = specs_of(state_of(0));
  return tree::with_leaves(target, io::restore(files, path, io::describe(target), {}).tensors);
}

std::size_t open_descriptors() {
  const auto entries = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

bool has_temporary(const TemporaryDirectory& directory) {
  const auto names = directory.names();
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.ends_with(".tmp"); });
}

/// What is in the directory before, and what is then saved.
struct Scenario {
  std::vector<int> before;
  int step;
  SaveOptions options;
};

const Scenario kScenarios[] = {
    {{}, 2, {}},
    {{1}, 2, {}},
    {{1, 2, 3}, 4, {.keep = 2}},
    {{2}, 2, {.overwrite = true}},
    {{1, 3, 4}, 2, {.keep = 2, .overwrite = true}},
};

std::vector<std::string> contents(const TemporaryDirectory& directory, const Scenario& scenario) {
  std::vector<std::string> result;
  for (const int step : scenario.before) {
    result.push_back(read_file(directory.path() / ("checkpoint_" + std::to_string(step))));
  }
  return result;
}

void check_after_fault(const TemporaryDirectory& directory, const Scenario& scenario,
                       bool succeeded, const std::vector<std::string>& before) {
  FaultyFiles sound;
  const auto found = latest_step(directory.path());
  if (scenario.before.empty() && !succeeded && !found) return;
  REQUIRE(found.has_value());
  const Tree restored = restore(sound, directory.path());
  const int step = restored.at("step").tensor().item<int>();
  CHECK(*found == step);
  CHECK(same_tree(restored, state_of(step)));
  if (succeeded) {
    CHECK(step == scenario.step);
  } else if (!std::filesystem::exists(directory.path() /
                                      ("checkpoint_" + std::to_string(scenario.step)))) {
    CHECK(contents(directory, scenario) == before);
  } else if (!scenario.options.overwrite) {
    CHECK(step == scenario.step);  // visible, though perhaps not durable
  }
}

/// Saves while the call `first` fails. False if there are not that many calls.
bool save_with_fault(const Scenario& scenario, int first, int error, bool for_ever) {
  const TemporaryDirectory directory;
  FaultyFiles sound;
  for (const int step : scenario.before) save(sound, directory.path(), step, {.keep = 9});
  const std::vector<std::string> before = contents(directory, scenario);
  const std::size_t descriptors = open_descriptors();

  FaultyFiles files(first, error, for_ever);
  bool succeeded = false;
  try {
    save(files, directory.path(), scenario.step, scenario.options);
    succeeded = true;
  } catch (const IoError& failure) {
    CHECK_THAT(failure.what(), Catch::Contains(directory.path().string()));
  }
  CHECK(open_descriptors() == descriptors);
  if (!files.kept_a_file()) CHECK(!has_temporary(directory));
  check_after_fault(directory, scenario, succeeded, before);

  save(sound, directory.path(), 5);
  CHECK(directory.names() == std::vector<std::string>{"checkpoint_5"});
  return files.calls() >= first;
}

}  // namespace

TEST_CASE("whatever fails while saving, a whole checkpoint remains and nothing else") {
  int cases = 0;
  for (const Scenario& scenario : kScenarios) {
    for (const int error : kErrors) {
      for (const bool for_ever : {false, true}) {
        int first = 1;
        while (save_with_fault(scenario, first, error, for_ever)) ++first;
        CHECK(first > 15);
        cases += first - 1;
      }
    }
  }
  CHECK(cases > 1000);
  std::cout << cases << " faults while saving\n";
}

TEST_CASE("whatever fails while making the directory, the error is typed") {
  const TemporaryDirectory directory;
  for (const int error : kErrors) {
    for (int first = 1; first < 12; ++first) {
      const auto below = directory.path() / std::to_string(first) / std::to_string(error) / "runs";
      FaultyFiles files(first, error, false), sound;
      try {
        save(files, below, 1);
        CHECK(latest_step(below) == 1);
      } catch (const IoError&) {
        save(sound, below, 2);
      }
    }
  }
}

TEST_CASE("whatever fails while restoring, the error is typed or the data are right") {
  const TemporaryDirectory directory;
  FaultyFiles sound;
  save(sound, directory.path(), 1);
  const std::size_t descriptors = open_descriptors();
  int cases = 0;
  for (const int error : kErrors) {
    for (const bool for_ever : {false, true}) {
      for (int first = 1;; ++first) {
        FaultyFiles files(first, error, for_ever);
        try {
          const Tree restored = restore(files, directory.path());
          CHECK(same_tree(restored, state_of(1)));
        } catch (const IoError& failure) {
          CHECK_THAT(failure.what(), Catch::Contains(directory.path().string()));
        }
        CHECK(open_descriptors() == descriptors);
        if (files.calls() < first) break;
        ++cases;
      }
    }
  }
  std::cout << cases << " faults while restoring\n";
}

TEST_CASE("a file system without RENAME_NOREPLACE, or without links, will do") {
  for (const bool without_links : {false, true}) {
    const TemporaryDirectory directory;
    FaultyFiles files;
    files.forget_renames(without_links);
    save(files, directory.path(), 1);
    save(files, directory.path(), 2);
    CHECK(directory.names() == std::vector<std::string>{"checkpoint_2"});
    CHECK(same_tree(restore(files, directory.path()), state_of(2)));
  }
}

TEST_CASE("another writer's checkpoint is not replaced") {
  const TemporaryDirectory directory;
  FaultyFiles files;
  const std::string text = "written by another";
  const std::span<const std::byte> pieces[] = {std::as_bytes(std::span(text))};
  const io::Directory opened(files, directory.path(), false);
  opened.write("checkpoint_1", pieces, false);
  CHECK_THROWS_AS(opened.write("checkpoint_1", pieces, false), IoError);
  files.forget_renames(false);
  CHECK_THROWS_AS(opened.write("checkpoint_1", pieces, false), IoError);
  CHECK(directory.names() == std::vector<std::string>{"checkpoint_1"});
  opened.write("checkpoint_1", pieces, true);
}

TEST_CASE("only the temporary files of writers that are gone are removed") {
  const TemporaryDirectory directory;
  FaultyFiles files;
  const std::string living = ".checkpoint_7.12.0a1b2c3d.tmp";
  const std::vector<std::string> others = {".checkpoint_7.12.0a1b2c3d.tmp~", ".checkpoint_x.tmp",
                                           ".other_7.12.0a1b2c3d.tmp", "notes.tmp"};
  for (const std::string& name : others) write_file(directory.path() / name, "x");
  write_file(directory.path() / living, "x");
  write_file(directory.path() / ".checkpoint_8.12.0a1b2c3d.tmp", "x");
  {
    const io::Descriptor writer(files,
                                ::open((directory.path() / living).c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(flock(writer.get(), LOCK_EX) == 0);
    save(files, directory.path(), 9);
    std::vector<std::string> expected = others;
    expected.insert(expected.end(), {living, "checkpoint_9"});
    std::sort(expected.begin(), expected.end());
    CHECK(directory.names() == expected);
  }
  save(files, directory.path(), 10);
  CHECK(!std::filesystem::exists(directory.path() / living));
}
