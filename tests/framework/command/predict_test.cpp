// `linseed predict` and `linseed recalibrate`: what a checkpoint's own functions are used for.
#include <cmath>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/io/exported.h>
#include <linseed/framework/io/fingerprint.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/reduce.h>
#include <linseed/framework/report/image_function_internal.h>
#include <linseed/framework/report/png.h>
#include <linseed/framework/report/settings_internal.h>
#include <linseed/tests/framework/command/support.h>

namespace linseed::test {
namespace {

namespace fs = std::filesystem;

const TensorSpec kImages{{4, 6, 5, 3}, float32};

Tree fresh() {
  return Tree{
      {"gain", Tensor(20.f)},
      {"stats", Tree{{"/bn", Tree{{"mean", floats({0, 0, 0})}, {"var", floats({1, 1, 1})}}}}}};
}

/// The class of a picture is its strongest colour.
Tensor predict(const Tree& state, const Tensor& images) {
  return mean(images, {1, 2}) * state["gain"].tensor();
}

/// The "variance" is the mean square, which does not depend on how images are cut into batches.
Tree batch_stats(Tree state, const Tensor& images) {
  state["stats"]["/bn"]["mean"] = mean(images, {0, 1, 2});
  state["stats"]["/bn"]["var"] = mean(images * images, {0, 1, 2});
  return state;
}

std::string save(const fs::path& directory) {
  return save_checkpoint(
             directory, fresh(), 3,
             {.config = R"({"classes": ["red", "green", "blue"]})",
              .functions = {{"predict", export_function(predict, fresh(), kImages)},
                            {"batch_stats", export_function(batch_stats, fresh(), kImages)}}})
      .string();
}

using Colour = std::array<std::uint8_t, 3>;

/// A picture of one colour, of another size than the network's.
std::string write_picture(const fs::path& file, const Colour& colour) {
  constexpr std::uint32_t kWidth = 10, kHeight = 12;
  std::vector<std::uint8_t> pixels;
  for (std::uint32_t i = 0; i < kWidth * kHeight; ++i) {
    pixels.insert(pixels.end(), colour.begin(), colour.end());
  }
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << png_of(pixels, kWidth, kHeight);
  return file.string();
}

}  // namespace

TEST_CASE("predict names the likeliest classes of pictures of any size") {
  const TemporaryDirectory directory;
  const fs::path& folder = directory.path();
  const std::string file = save(folder);
  std::vector<std::string> words{"predict", "--json", "--top", "2", file};
  const std::vector<std::string> expected{"red", "green", "blue", "green", "red"};  // two batches
  for (std::size_t i = 0; i < expected.size(); ++i) {
    Colour colour{10, 20, 30};
    colour[expected[i] == "red" ? 0 : expected[i] == "green" ? 1 : 2] = 200;
    words.push_back(write_picture(folder / fmt::format("{}.png", i), colour));
  }
  const Outcome outcome = linseed(words);
  CHECK(outcome.err.empty());
  CHECK(outcome.exit == command::kYes);
  const auto json = nlohmann::json::parse(outcome.out);
  REQUIRE(json.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(json[i]["classes"].size() == 2);
    CHECK(json[i]["classes"][0]["name"] == expected[i]);
    CHECK(json[i]["classes"][0]["probability"] > 0.99);
  }
  words.erase(words.begin() + 1);
  CHECK(missing_words(linseed(words).out, {"image", "0.png", "red", "100.0"}) == "");
  const std::string red = write_picture(folder / "red.png", {255, 10, 10});
  const auto inverted =
      nlohmann::json::parse(linseed({"predict", "--json", "--invert", file, red}).out);
  CHECK(inverted[0]["classes"][2]["name"] == "red");
}

TEST_CASE("predict refuses broken pictures one by one, and answers the others") {
  const TemporaryDirectory directory;
  const std::string file = save(directory.path());
  const std::string red = write_picture(directory.path() / "red.png", {255, 0, 0});
  const std::string broken = (directory.path() / "broken.png").string();
  std::ofstream(broken) << "no picture";
  const Outcome outcome = linseed({"predict", file, broken, red, broken + "0"});
  CHECK(outcome.exit == command::kNo);
  CHECK(missing_words(outcome.out, {"red.png", "100.0"}) == "");
  CHECK(occurrences(outcome.err, "linseed: ") == 2);
  const auto json = nlohmann::json::parse(linseed({"predict", "--json", file, broken, red}).out);
  CHECK(json[0].contains("error"));
  CHECK(json[1]["classes"][0]["name"] == "red");
}

TEST_CASE("an output that is not finite is no prediction") {
  const TemporaryDirectory directory;
  Tree broken = fresh();
  broken["gain"] = Tensor(std::nanf(""));
  const std::string file =
      save_checkpoint(directory.path(), broken, 1,
                      {.functions = {{"predict", export_function(predict, fresh(), kImages)},
                                     {"batch_stats", export_function(
                                                         [](Tree state, const Tensor& images) {
                                                           state["stats"]["/bn"]["mean"] =
                                                               mean(images, {0, 1, 2}) *
                                                               state["gain"].tensor();
                                                           return state;
                                                         },
                                                         fresh(), kImages)}}})
          .string();
  const std::string red = write_picture(directory.path() / "data" / "a" / "red.png", {255, 0, 0});
  const Outcome outcome = linseed({"predict", "--json", file, red});
  CHECK(outcome.exit == command::kNo);
  CHECK(missing_words(outcome.err, {"red.png", "not finite"}) == "");
  CHECK(nlohmann::json::parse(outcome.out)[0].contains("error"));

  for (int i = 0; i < 4; ++i) {
    write_picture(directory.path() / "data" / "b" / fmt::format("{}.png", i), {1, 2, 3});
  }
  const std::string before = fingerprint(io::named_tensors(read_checkpoint(file).state)[1].tensor);
  const Outcome measured =
      linseed({"recalibrate", "--in-place", file, "--data", (directory.path() / "data").string()});
  CHECK(measured.exit == command::kFailed);
  CHECK(missing_words(measured.err, {"stats/%2Fbn/mean", "nothing is written"}) == "");
  CHECK(fingerprint(io::named_tensors(read_checkpoint(file).state)[1].tensor) == before);
}

TEST_CASE("recalibrate says at once what cannot be") {
  const TemporaryDirectory directory;
  const std::string file = save(directory.path());
  write_picture(directory.path() / "data" / "a" / "0.png", {1, 2, 3});
  const std::string data = (directory.path() / "data").string();
  const Outcome few = linseed({"recalibrate", "--in-place", file, "--data", data});
  CHECK(few.exit == command::kFailed);
  CHECK(missing_words(few.err, {"has 1 images", "takes 4"}) == "");
  const Outcome there = linseed({"recalibrate", file, "--data", "/nowhere", "-o", data});
  CHECK(there.exit == command::kFailed);
  CHECK(missing_words(there.err, {data, "exists already"}) == "");
}

TEST_CASE("predict and recalibrate say what a checkpoint lacks") {
  const TemporaryDirectory directory;
  const std::string file = save_checkpoint(directory.path(), fresh(), 1).string();
  const Outcome predicted = linseed({"predict", file, "x.png"});
  CHECK(predicted.exit == command::kFailed);
  CHECK(missing_words(predicted.err, {"no function \"predict\"", "export_function"}) == "");
  const Outcome measured = linseed({"recalibrate", file, "--data", ".", "-o", file + "_new"});
  CHECK(measured.exit == command::kFailed);
  CHECK(missing_words(measured.err, {"\"batch_stats\""}) == "");
}

TEST_CASE("class names are those of the configuration, then numbers") {
  using Names = std::vector<std::string>;
  const auto names = [](const std::string& config, std::size_t count) {
    Names all = class_names(parse_object(config));
    complete_class_names(all, count);
    return all;
  };
  CHECK(names(R"({"classes": ["a", 7]})", 3) == Names{"a", "7", "2"});
  CHECK(names(R"({"classes": ["a", "b"]})", 1) == Names{"a"});
  CHECK(names("", 2) == Names{"0", "1"});
  CHECK(names("{", 1) == Names{"0"});
}

TEST_CASE("recalibrate rewrites the statistics by those of the data, and nothing else") {
  const TemporaryDirectory directory;
  const fs::path& folder = directory.path();
  const std::string file = save(folder);
  for (int i = 0; i < 8; ++i) {
    const auto shade = static_cast<std::uint8_t>(30 * i);
    write_picture(folder / "data" / (i < 4 ? "a" : "b") / fmt::format("{}.png", i),
                  {shade, 0, 255});
  }
  const std::string data = (folder / "data").string(), output = (folder / "new").string();
  const Outcome outcome = linseed({"recalibrate", file, "--data", data, "--output", output});
  CHECK(outcome.err.empty());
  CHECK(outcome.exit == command::kYes);
  CHECK(missing_words(outcome.out, {"2 batches of 4 images", "stats/%2Fbn/mean", output,
                                    "other BatchNorm statistics (2 of 2"}) == "");
  const CheckpointFile before = read_checkpoint(file), after = read_checkpoint(output);
  std::map<std::string, Tensor> values;
  for (const auto& [path, tensor] : io::named_tensors(after.state)) values[path] = tensor;
  CHECK(values.at("gain").item<float>() == 20);
  const auto mean = values.at("stats/%2Fbn/mean").data<float>();
  const auto square = values.at("stats/%2Fbn/var").data<float>();
  CHECK(mean[0] == Approx(105. / 255).epsilon(1e-5));  // of 0, 30 … 210; float32 sums
  CHECK(square[0] == Approx(15750. / 255 / 255).epsilon(1e-5));
  CHECK(mean[1] == 0);
  CHECK(mean[2] == Approx(1).epsilon(1e-6));
  CHECK(after.step == 3);
  CHECK(after.config == before.config);
  CHECK(after.functions.size() == 2);
  CHECK(after.uuid != before.uuid);

  CHECK(linseed({"recalibrate", file, "--data", data, "--output", output}).exit ==
        command::kFailed);
  CHECK(linseed({"recalibrate", file, "--data", data, "--output", file}).exit == command::kUsage);
  CHECK(linseed({"recalibrate", file, "--data", data}).exit == command::kUsage);
  CHECK(linseed({"diff", "-q", file, output}).exit == command::kNo);
  CHECK(linseed({"recalibrate", file, "--data", data, "--in-place"}).exit == command::kYes);
  CHECK(linseed({"diff", "-q", file, output}).exit == command::kYes);
  CHECK(linseed({"recalibrate", file, "--data", file + "none", "--in-place"}).exit ==
        command::kFailed);

  std::ofstream(folder / "data" / "a" / "broken.png") << "no picture";
  const std::vector<std::string> again{"recalibrate", "--in-place", file, "--data", data};
  const Outcome stopped = linseed(again);
  CHECK(stopped.exit == command::kFailed);
  CHECK(missing_words(stopped.err, {"broken.png"}) == "");
  CHECK(linseed({"diff", "-q", file, output}).exit == command::kYes);  // nothing is lost
  const Outcome skipped =
      linseed({"recalibrate", "--in-place", "--skip-broken", file, "--data", data});
  CHECK(skipped.exit == command::kYes);
  CHECK(missing_words(skipped.err, {"skipped: ", "broken.png"}) == "");
}

}  // namespace linseed::test
