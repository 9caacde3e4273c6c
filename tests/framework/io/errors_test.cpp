// What bad input gets: an error that names the thing and the fix.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/tests/framework/io/support.h>

using namespace linseed;
using namespace linseed::test;
using Catch::Contains;

namespace {

Tensor zeros(Shape shape) {
  const std::vector<float> values(static_cast<std::size_t>(shape.size()));
  return Tensor::from(values, std::move(shape));
}

Tree small_model() {
  return {{"Dense_0", Tree{{"kernel", zeros({4, 3})}, {"bias", zeros({3})}}},
          {"Dense_1", Tree{{"kernel", zeros({3, 2})}}}};
}

}  // namespace

TEST_CASE("a checkpoint of another model: one error lists all differences") {
  const TemporaryDirectory directory;
  const Tree old_model = small_model();
  const std::string path = save_checkpoint(directory.path(), old_model, 1).string();
  const Tree new_model{
      {"Dense_0", Tree{{"kernel", zeros({4, 8})}, {"bias", Tensor::from({1, 2, 3}, {3})}}},
      {"Dense_2", Tree{{"kernel", zeros({8, 2})}, {"scale", zeros({})}}},
      {"extras", Tree()}};
  const std::string message =
      message_of<InvalidArgument>([&] { restore_checkpoint(directory.path(), new_model); });
  CHECK_THAT(message, Contains(path));
  CHECK_THAT(message, Contains("missing from the file:\n"
                               "    Dense_2/kernel [8,2] float32\n"
                               "    Dense_2/scale [] float32\n"
                               "    extras/\n"));
  CHECK_THAT(message, Contains("not in the target:\n    Dense_1/kernel [3,2] float32\n"));
  CHECK_THAT(message, Contains("Dense_0/kernel: [4,3], the target has [4,8]"));
  CHECK_THAT(message, Contains("Dense_0/bias: float32, the target has int32"));

  const std::string kinds = message_of<InvalidArgument>([&] {
    restore_checkpoint(directory.path(), Tree{{"Dense_0", zeros({1})}});
  });
  CHECK_THAT(kinds, Contains("Dense_0: a container, the target has a tensor"));
}

TEST_CASE("a target that is a part of what was saved: the error says which") {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), Tree{{"optimizer", Tree{{"target", small_model()}}}}, 1);
  const std::string message =
      message_of<InvalidArgument>([&] { restore_checkpoint(directory.path(), small_model()); });
  CHECK_THAT(message, Contains(".at = \"optimizer/target\""));
}

TEST_CASE("nothing to restore: the error names directory and prefix") {
  const TemporaryDirectory directory;
  const auto missing = directory.path() / "none";
  CHECK(!latest_step(missing).has_value());
  CHECK(!latest_step(directory.path()).has_value());
  for (const auto& path : {directory.path(), missing}) {
    const std::string message =
        message_of<IoError>([&] { restore_checkpoint(path, zeros({}), {.prefix = "best_"}); });
    CHECK_THAT(message, Contains("nothing to restore") && Contains("best_<step>") &&
                            Contains(path.string()));
  }
  save_checkpoint(directory.path(), zeros({}), 4);
  CHECK_THAT(
      message_of<IoError>([&] { restore_checkpoint(directory.path(), zeros({}), {.step = 5}); }),
      Contains("checkpoint_5") && Contains("there are steps 4"));
  CHECK_THROWS_AS(checkpoint_config(missing), IoError);
}

TEST_CASE("refusals before saving say what to do") {
  const TemporaryDirectory directory;
  const Tensor value = zeros({2});
  CHECK_THAT(message_of<InvalidArgument>(
                 [&] { save_checkpoint(directory.path(), value, 1, {.keep = 0}); }),
             Contains("keep is 0"));
  CHECK_THROWS_AS(save_checkpoint(directory.path(), value, -1), InvalidArgument);
  CHECK_THROWS_AS(save_checkpoint(directory.path(), value, 1, {.prefix = "a/b"}), InvalidArgument);
  CHECK_THROWS_AS(latest_step(directory.path(), "a/b"), InvalidArgument);
  save_checkpoint(directory.path(), value, 5);
  for (const int step : {4, 5}) {
    CHECK_THAT(message_of<InvalidArgument>([&] { save_checkpoint(directory.path(), value, step); }),
               Contains("not newer than step 5") && Contains(".overwrite = true") &&
                   Contains(directory.path().string()));
  }
  CHECK(directory.names() == std::vector<std::string>{"checkpoint_5"});
}

TEST_CASE("a directory that cannot be: the error says why") {
  const TemporaryDirectory directory;
  write_file(directory.path() / "file", "x");
  const auto below_file = directory.path() / "file" / "runs";
  CHECK_THAT(message_of<IoError>([&] { save_checkpoint(below_file, zeros({}), 1); }),
             Contains(below_file.string()) && Contains("Not a directory"));
  CHECK_THROWS_AS(save_checkpoint("/proc/runs", zeros({}), 1), IoError);
  CHECK_THROWS_AS(restore_checkpoint(directory.path() / "file", zeros({})), IoError);
}

TEST_CASE("what is no regular file, or too large, is not read") {
  const TemporaryDirectory directory;
  const auto path = save_checkpoint(directory.path(), zeros({}), 1);
  const auto restore = [&](std::uint64_t limit) {
    return message_of<IoError>(
        [&] { restore_checkpoint(directory.path(), zeros({}), {.size_limit = limit}); });
  };
  CHECK(restore(100000).empty());
  CHECK_THAT(restore(100), Contains("size_limit of 100"));
  std::filesystem::rename(path, directory.path() / "elsewhere");
  std::filesystem::create_symlink("elsewhere", path);
  CHECK_THAT(restore(100000), Contains("symbolic links"));
  std::filesystem::remove(path);
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_THAT(restore(100000), Contains("not a regular file"));
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  CHECK_THAT(restore(100000), Contains("not a regular file"));
}

TEST_CASE("a checkpoint under the name of another step is refused") {
  const TemporaryDirectory directory;
  const auto path = save_checkpoint(directory.path(), zeros({}), 1);
  std::filesystem::rename(path, directory.path() / "checkpoint_2");
  CHECK_THROWS_AS(restore_checkpoint(directory.path(), zeros({})), DataCorruption);
}

TEST_CASE("a full disk: the older checkpoint stays") {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), zeros({1000}), 1);
  evaluate_tensors({});
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // No file may grow beyond 4 KiB: the larger checkpoint fails, with EFBIG.
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    const std::string message =
        message_of<IoError>([&] { save_checkpoint(directory.path(), zeros({5000}), 2); });
    _exit(message.find("File too large") == std::string::npos ? 1 : 0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(directory.names() == std::vector<std::string>{"checkpoint_1"});
  CHECK(restore_checkpoint(directory.path(), zeros({1000})).step == 1);
}
