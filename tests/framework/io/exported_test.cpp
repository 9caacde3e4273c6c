#include <linseed/framework/io/exported.h>

#include <catch2/catch.hpp>

#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/io/checkpoint_file.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/exported_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>
#include <linseed/framework/linseed.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/support/errors.h>
#include <linseed/tests/support/temporary_directory.h>
#include <linseed/tests/support/values.h>

namespace linseed::test {
namespace {

struct Net : nn::Module<Net> {
  bool train = true;

  Tensor apply(const Tensor& images) const {
    const Tensor shades = Tensor::from({0.25F, 0.5F}, {2});  // a constant of the function
    Tensor x = nn::Conv{.features = 4, .kernel_size = {3, 3}, .strides = {2, 2}}(images - shades);
    x = nn::BatchNorm{.use_running_average = !train, .momentum = 0.9F}(x);
    x = nn::max_pool(nn::relu(x), {2, 2}, {2, 2});
    return nn::log_softmax(nn::Dense{.features = 3}(reshape(x, {x.dim(0), -1})));
  }
};

struct TrainState {
  optim::Optimizer<optim::Momentum, nn::Model<Net>> optimizer;
  nn::Collection stats;
  data::Position position;  // of which functions know nothing
  static constexpr auto tree =
      fields<&TrainState::optimizer, &TrainState::stats, &TrainState::position>;
};

const TensorSpec kImages{{4, 8, 8, 2}, float32};

TrainState trained() {
  const Tensor images = random::normal(random::key(3), kImages.shape);
  auto [created, stats] =
      nn::stateful([&] { return Net{}.create_by_shape(random::key(0), {kImages}); });
  const nn::Model<Net> model = created.model;
  auto moved = nn::stateful(stats, [&] { return model(images); });
  return {optim::Momentum{.learning_rate = 0.1F, .beta = 0.9F}.create(model),
          std::move(moved.second),
          {.epoch = 2, .step = 3}};
}

Tensor predict(const TrainState& state, const Tensor& images) {
  const auto model = state.optimizer.target.partial(&Net::train, false);
  return nn::stateful(state.stats, nn::frozen, [&] { return model(images); });
}

TrainState batch_stats(TrainState state, const Tensor& images) {
  state.stats = nn::stateful(state.stats, nn::unaveraged, [&] {
                  return state.optimizer.target(images);
                }).second;
  return state;
}

std::vector<std::string> names(const std::vector<Exported::Named>& tensors) {
  std::vector<std::string> result;
  for (const auto& one : tensors) result.push_back(one.name);
  return result;
}

std::vector<Tensor> run(const CheckpointFile& file, const std::string& name, const Tensor& images) {
  const Exported& function = file.functions.at(name);
  return jit([&](const std::vector<Tensor>& state, const Tensor& x) {
    return function.call(state, std::array{x});
  })(state_for(function, file.state), images);
}

}  // namespace

TEST_CASE("an exported function names what it reads of the state, and nothing else") {
  const TrainState state = trained();
  const Exported function = export_function(predict, state, kImages);
  CHECK(names(function.state) ==
        std::vector<std::string>{
            "optimizer/target/params/Conv_0/kernel", "optimizer/target/params/Conv_0/bias",
            "optimizer/target/params/BatchNorm_1/scale", "optimizer/target/params/BatchNorm_1/bias",
            "optimizer/target/params/Dense_2/kernel", "optimizer/target/params/Dense_2/bias",
            "stats/%2FBatchNorm_1/mean", "stats/%2FBatchNorm_1/var"});
  CHECK(function.arguments == std::vector{kImages});
  REQUIRE(function.results.size() == 1);
  CHECK(function.results[0].name.empty());
  CHECK(function.results[0].spec == TensorSpec{{4, 3}, float32});
}

TEST_CASE("results of an exported function are what it changes of the state") {
  const Exported function = export_function(batch_stats, trained(), kImages);
  CHECK(names(function.results) ==
        std::vector<std::string>{"stats/%2FBatchNorm_1/mean", "stats/%2FBatchNorm_1/var"});
  for (const std::string& name : names(function.state)) {  // the batch's own statistics ask …
    CHECK(name.find("Conv_0") != std::string::npos);       // … for nothing after the convolution
  }
}

TEST_CASE("a function read from a checkpoint gives the bits of the one that was saved") {
  const TemporaryDirectory directory;
  const TrainState state = trained();
  save_checkpoint(directory.path(), state, 7,
                  {.config = R"({"classes": ["a", "b", "c"]})",
                   .functions = {{"predict", export_function(predict, state, kImages)},
                                 {"batch_stats", export_function(batch_stats, state, kImages)}}});
  const Tensor images = random::normal(random::key(5), kImages.shape);

  const Tensor expected_logits = jit([&](const Tensor& x) { return predict(state, x); })(images);

  for (const auto& path : {directory.path(), directory.path() / "checkpoint_7"}) {
    const CheckpointFile file = read_checkpoint(path);
    CHECK(file.path == directory.path() / "checkpoint_7");
    CHECK(file.step == 7);
    CHECK(file.config == R"({"classes": ["a", "b", "c"]})");
    CHECK(file.library_version.find("0.") == 0);
    CHECK(values(run(file, "predict", images).at(0)) == values(expected_logits));

    const auto stats = run(file, "batch_stats", images);
    const auto expected = tree::leaves(batch_stats(state, images).stats);
    REQUIRE(stats.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) CHECK(values(stats[i]) == values(expected[i]));
  }
  CHECK(restore_checkpoint(directory.path(), state).step == 7);  // functions do not disturb it
}

TEST_CASE("steps of a function that was read keep the paths of their modules") {
  const TemporaryDirectory directory;
  const TrainState state = trained();
  save_checkpoint(directory.path(), state, 0,
                  {.functions = {{"predict", export_function(predict, state, kImages)}}});
  const CheckpointFile file = read_checkpoint(directory.path());
  std::vector<std::string> paths;
  for (const auto& step : file.functions.at("predict").program->steps) {
    const std::string& path = step.label->path;
    if (paths.empty() || paths.back() != path) paths.push_back(path);
  }
  CHECK(std::find(paths.begin(), paths.end(), "/Conv_0") != paths.end());
  CHECK(std::find(paths.begin(), paths.end(), "/Dense_2") != paths.end());
}

TEST_CASE("a checkpoint written again holds the same, under another uuid") {
  const TemporaryDirectory directory;
  const TrainState state = trained();
  save_checkpoint(
      directory.path(), state, 3,
      {.config = "{}", .functions = {{"predict", export_function(predict, state, kImages)}}});
  const CheckpointFile file = read_checkpoint(directory.path());
  const auto copy = directory.path() / "copy";
  write_checkpoint(copy, file);
  const CheckpointFile again = read_checkpoint(copy);
  CHECK(again.uuid != file.uuid);
  CHECK(again.step == 3);
  CHECK(again.config == "{}");
  const Tensor images = random::normal(random::key(5), kImages.shape);
  CHECK(values(run(again, "predict", images)[0]) == values(run(file, "predict", images)[0]));
  const auto tensors = io::named_tensors(file.state),
             tensors_again = io::named_tensors(again.state);
  REQUIRE(tensors.size() == tensors_again.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(tensors[i].path == tensors_again[i].path);
    CHECK(fingerprint(tensors[i].tensor) == fingerprint(tensors_again[i].tensor));
  }
  CHECK_THROWS_AS(write_checkpoint(copy, file), IoError);  // there is one already
  write_checkpoint(copy, file, true);
}

TEST_CASE("a function that is not as it was written is refused, with its place") {
  const TemporaryDirectory directory;
  const TrainState state = trained();
  const Exported function = export_function(predict, state, kImages);
  const auto file = directory.path() / "changed";
  /// The file with the text of the function's program changed, under sound checksums.
  const auto read_with = [&](std::string_view from, std::string_view to) {
    io::State stored = io::write_exported(function);
    const auto bytes = stored.parts.at(0).state.tensor.data<std::uint8_t>();
    std::string text(bytes.begin(), bytes.end());
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    stored.parts.at(0) = io::text_part("program", text);
    io::FileSystem files;
    io::State functions = io::dictionary();
    functions.parts.push_back({"predict", stored});
    const io::ImageInfo info{.uuid = io::random_uuid(), .functions = functions};
    io::write_file(io::Directory(files, directory.path(), false), "changed",
                   io::checked_image(io::describe(state), info), info, true);
    return read_checkpoint(file);
  };
  CHECK(read_with("[4,8,8,2] float32", "[4,8,8,2] float32").functions.size() == 1);
  const auto place = Catch::Contains("changed: /functions/predict");
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("steps":[)", R"("steps":[7,)"},                   // no step
           {R"("steps":)", R"("step":)"},                        // nothing to do
           {"[4,8,8,2] float32", "[4,8,8] float32"},             // images without channels
           {"[4,8,8,2] float32", "[4,-8,8,2] float32"},          // a negative size
           {R"("results":[["",)", R"("results":[["",999999,)"},  // a value there is not
           {R"("op":"convolution")", R"("op":"exp")"}}) {        // other outputs
    INFO(from << " -> " << to);
    CHECK_THROWS_AS(read_with(from, to), DataCorruption);
    CHECK_THROWS_WITH(read_with(from, to), place);
  }
  // One that this build does not have does not stand in the way of the rest.
  const CheckpointFile other = read_with(R"("op":"convolution")", R"("op":"conjure")");
  CHECK(other.functions.empty());
  CHECK_THAT(other.unreadable.at("predict"), place && Catch::Contains("'conjure'"));
  CHECK_FALSE(other.state.parts.empty());
  CHECK_THROWS_AS(write_checkpoint(directory.path() / "copy", other), NotSupported);
}

TEST_CASE("a loop cannot be exported, and the error says where it is") {
  const auto loop = [](const Tensor& state, const Tensor& xs) {
    return scan([](const Tensor& h, const Tensor& x) { return std::pair(h + x, h); }, state, xs)
        .first;
  };
  CHECK_THROWS_WITH(export_function(loop, Tensor(0.F), TensorSpec{{5}, float32}),
                    Catch::Contains("scan") && Catch::Contains("not exported"));
}

TEST_CASE("a function of another state is not saved") {
  const TemporaryDirectory directory;
  const TrainState state = trained();
  const Exported function = export_function(predict, state, kImages);
  CHECK_THROWS_WITH(
      save_checkpoint(directory.path(), state.optimizer, 1, {.functions = {{"predict", function}}}),
      Catch::Contains("'predict'") &&
          Catch::Contains("optimizer/target/params/Conv_0/kernel [3,3,2,4] float32"));
}

TEST_CASE("a function is called with the tensors it was exported for") {
  const TrainState state = trained();
  const Exported function = export_function(predict, state, kImages);
  const auto tensors = state_for(function, io::describe(state));
  const Tensor two = zeros({2, 8, 8, 2});
  CHECK_THROWS_WITH(function.call(tensors, std::array{two}),
                    Catch::Contains("[2,8,8,2]") && Catch::Contains("[4,8,8,2]"));
  CHECK_THROWS_AS(function.call(tensors, {}), InvalidArgument);
  CHECK_THROWS_AS(function.call({}, std::array{zeros(kImages.shape)}), InvalidArgument);
}

TEST_CASE("a value cannot be read while a function is exported") {
  const auto f = [](const Tensor& state, const Tensor& x) {
    return x.item<float>() > 0 ? state : x;
  };
  CHECK_THROWS_WITH(export_function(f, Tensor(1.F), TensorSpec{{}, float32}),
                    Catch::Contains("export_function"));
}

}  // namespace linseed::test
