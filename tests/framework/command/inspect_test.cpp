// `linseed inspect` on files.
#include <fstream>

#include <nlohmann/json.hpp>

#include <linseed/framework/command/inspect.h>
#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

std::string save(const TemporaryDirectory& directory, const Run& run) {
  return save_checkpoint(directory.path(), run.tree(), run.step,
                         {.keep = 9, .config = R"({"seed": 3})"})
      .string();
}

}  // namespace

TEST_CASE("inspect shows names, shapes and numbers, and ends with 0 for a healthy file") {
  const TemporaryDirectory directory;
  const Outcome outcome = linseed({"inspect", save(directory, Run{})});
  CHECK(outcome.exit == command::kYes);
  CHECK(outcome.err.empty());
  CHECK(missing_words(outcome.out,
                      {"checkpoint_1000", "step 1000", "linseed 0.1.0", R"(config {"seed": 3})",
                       "/block/BatchNorm_1", "[2,4]  float32", "16 of them parameters", "healthy",
                       // of 1 … 8
                       "14.3", "4.5"}) == "");
  CHECK(outcome.out.find('\x1b') == std::string::npos);  // no colours: this is no terminal
}

TEST_CASE("inspect ends with 1 where there are findings, and tells cause and remedy") {
  const TemporaryDirectory directory;
  Run run;
  run.var = floats({1, -1, 1, 1});
  const std::string file = save(directory, run);
  const Outcome outcome = linseed({"inspect", "--quiet", file});
  CHECK(outcome.exit == command::kNo);
  CHECK(missing_words(outcome.out, {"1 finding", "negative variance", "BatchNorm_1/var",
                                    "channel 1 of 4", "cause:", "remedy:"}) == "");
  CHECK(outcome.out.find("float32") == std::string::npos);  // quiet
  CHECK(linseed({"inspect", "--quiet", save(directory, Run{.step = 1001})}).out.empty());
}

TEST_CASE("inspect takes the newest checkpoint of a run, by number") {
  const TemporaryDirectory directory;
  for (const int step : {900, 1000, 5000}) save(directory, Run{.step = step});
  CHECK(missing_words(linseed({"inspect", directory.path().string()}).out, {"step 5000"}) == "");
  CHECK(linseed({"inspect", directory.path().string(), "--prefix", "best_"}).exit ==
        command::kFailed);
}

TEST_CASE("inspect prints JSON that holds it all") {
  const TemporaryDirectory directory;
  Run run;
  run.var = floats({1, -1, 1, -2});
  const Outcome outcome = linseed({"inspect", "--json", save(directory, run)});
  CHECK(outcome.exit == command::kNo);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["step"] == 1000);
  CHECK(json["config"]["seed"] == 3);
  CHECK(json["parameters"] == 16);
  CHECK(json["tensors"].size() == 7);
  CHECK(json["healthy"] == false);
  CHECK(json["findings"][0]["trouble"] == "negative_variance");
  CHECK(json["findings"][0]["indices"] == nlohmann::json({1, 3}));
  CHECK(json["batch_norm"][0]["module_path"] == "/block/BatchNorm_1");
}

TEST_CASE("inspect prints JSON of whatever a file holds") {
  const TemporaryDirectory directory;
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  save_checkpoint(directory.path(), Tree{{"\xff", Tensor(1)}}, 1,
                  {.config = "{\"deep\":" + deep + ",\"seed\":3}"});
  const Outcome outcome = linseed({"inspect", "--json", directory.path().string()});
  CHECK(outcome.exit == command::kYes);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["config"]["seed"] == 3);
  CHECK(json["tensors"][0]["path"] == "\uFFFD");
}

TEST_CASE("inspect follows a link to a checkpoint") {
  const TemporaryDirectory directory;
  const std::string file = save(directory, Run{});
  std::filesystem::create_symlink(std::filesystem::path(file).filename(),
                                  directory.path() / "latest");
  CHECK(linseed({"inspect", (directory.path() / "latest").string()}).exit == command::kYes);
}

TEST_CASE("a missing, a damaged and a foreign file end with 3 and say what is wrong") {
  const TemporaryDirectory directory;
  const std::string file = save(directory, Run{});
  const auto refused = [&](const std::string& path, const std::string& word) {
    const Outcome outcome = linseed({"inspect", path});
    CHECK(outcome.exit == command::kFailed);
    CHECK(outcome.out.empty());
    CHECK(missing_words(outcome.err, {"linseed: ", directory.path().string(), word}) == "");
  };
  refused(file + "0", "no file");
  refused((directory.path() / "none" / "x").string(), "none");
  std::fstream(file, std::ios::in | std::ios::out).seekp(2000).put('\x7f');
  refused(file, "checksum");
  std::ofstream(directory.path() / "text") << "no checkpoint";
  refused((directory.path() / "text").string(), "text");
  std::filesystem::create_directory(directory.path() / "empty");
  refused((directory.path() / "empty").string(), "holds no checkpoint");
}

TEST_CASE("colours are words between escapes") {
  const TemporaryDirectory directory;
  const auto file = read_checkpoint(save(directory, Run{}));
  const command::Paint paint{.colours = true};
  CHECK(missing_words(command::contents_text(file, paint), {"\x1b[2mname", "\x1b[0m\n"}) == "");
}

TEST_CASE("names that would upset a terminal are made visible") {
  const TemporaryDirectory directory;
  save_checkpoint(directory.path(), Tree{{"\x1b[31m", Tensor(1)}, {"", Tensor(2)}}, 1);
  const Outcome outcome = linseed({"inspect", directory.path().string()});
  CHECK(outcome.exit == command::kYes);
  CHECK(missing_words(outcome.out, {"\\x1b[31m", "\"\""}) == "");
  CHECK(outcome.out.find('\x1b') == std::string::npos);
}

}  // namespace linseed::test
