// The page of a run, whole.
#include <linseed/framework/report/page.h>

#include <catch2/catch.hpp>

#include <fstream>
#include <limits>

#include <linseed/framework/linseed.h>
#include <linseed/framework/report/layer_table_internal.h>
#include <linseed/tests/framework/data/idx_files.h>
#include <linseed/tests/framework/io/support.h>
#include <linseed/tests/framework/report/well_formed.h>
#include <linseed/tests/support/errors.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;

struct Net : nn::Module<Net> {
  bool train = true;

  Tensor apply(Tensor x) const {
    x = nn::Conv{.features = 2, .kernel_size = {3, 3}, .bias = false}(x);
    x = nn::relu(nn::BatchNorm{.use_running_average = !train}(x));
    return nn::Dense{.features = 3}(reshape(x, {x.dim(0), -1}));
  }
};

struct TrainState {
  optim::Optimizer<optim::Momentum, nn::Model<Net>> optimizer;
  nn::Collection stats;
  static constexpr auto tree = fields<&TrainState::optimizer, &TrainState::stats>;
};

const TensorSpec kImages{{2, 4, 4, 1}, float32};

TrainState new_state() {
  auto [created, stats] =
      nn::stateful([&] { return Net{}.create_by_shape(random::key(0), {kImages}); });
  return {optim::Momentum{.learning_rate = 0.1F, .beta = 0.9F}.create(created.model), stats};
}

Exported predict_of(const TrainState& like) {
  return export_function(
      [](const TrainState& state, const Tensor& images) {
        const auto model = state.optimizer.target.partial(&Net::train, false);
        return nn::stateful(state.stats, nn::frozen, [&] { return model(images); });
      },
      like, kImages);
}

constexpr std::string_view kRun =
    R"({"run":{"time":1732646400,"config":{"rate":0.1,"more":{"deep":true}},"version":"0.1.0",)"
    R"("compiler":"g++ 12","cpu":"A <fast> one","instruction_set":"AVX2","threads":2}})"
    "\n";

void write_log(const std::filesystem::path& directory, const std::string& records) {
  write_file(directory / "metrics.jsonl", std::string(kRun) + records);
}

const std::string kRecords =
    R"({"step":1,"time":1732646401,"train/loss":2.5,"images/s":100})"
    "\n"
    R"({"step":2,"time":1732646402,"test/accuracy":0.9163,"images/s":300})"
    "\n"
    R"({"step":3,"time":1732646462,"test/accuracy":0.5,"train/loss":0.5,"images/s":200})"
    "\n";

void save(const std::filesystem::path& directory, bool with_predict = true,
          const std::string& classes = R"(["cat","dog","<cow>"])") {
  const TrainState state = new_state();
  SaveOptions options{.config = R"({"classes":)" + classes + R"(,"rate":7,"seed":3})"};
  if (with_predict) options.functions = {{"predict", predict_of(state)}};
  save_checkpoint(directory, state, 3, options);
}

/// Three images of the classes 0, 1 and 2 to test with.
std::filesystem::path write_images(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  write_plain(directory / "t10k-images-idx3-ubyte",
              idx_header(0x08, {3, 4, 4}) + std::string(48, '\x7f'));
  write_plain(directory / "t10k-labels-idx1-ubyte", idx_header(0x08, {3}) + bytes({0, 1, 2}));
  write_plain(directory / "train-images-idx3-ubyte",
              idx_header(0x08, {1, 4, 4}) + std::string(16, '\0'));
  write_plain(directory / "train-labels-idx1-ubyte", idx_header(0x08, {1}) + bytes({2}));
  return directory;
}

/// "" if `page` is well-formed and asks for nothing outside of itself.
std::string page_problem(const std::string& page) {
  for (const std::string_view outside :
       {"http:", "https:", "src=\"/", "url(", "@import", "<link"}) {
    if (count_of(page, outside) > 0) return "it has " + std::string(outside);
  }
  if (count_of(page, "src=\"") != count_of(page, "src=\"data:image/png;base64,")) return "a source";
  if (count_of(page, "href=\"") != count_of(page, "href=\"#")) return "a link";
  return markup_problem(page);
}

}  // namespace

TEST_CASE("a page shows all there is of a run") {
  const TemporaryDirectory directory;
  write_log(directory.path(), kRecords);
  save(directory.path());
  const ReportOptions options{.data = write_images(directory.path() / "images")};
  const std::string page = report_page(directory.path(), options);
  CHECK(page_problem(page) == "");
  for (const std::string_view id :
       {"curves", "health", "layers", "filters", "batch-norm", "confusion", "worst", "settings"}) {
    INFO(id);
    CHECK(count_of(page, "<section id=\"" + std::string(id) + "\">") == 1);
    CHECK(count_of(page, "href=\"#" + std::string(id) + "\"") == 1);
  }
  CHECK_THAT(page, Contains("<dt>Best test accuracy</dt><dd>91.63\u202f%<small>at step 2"));
  CHECK_THAT(page, Contains("<dt>Images/s</dt><dd>200<small>median"));
  CHECK_THAT(page, Contains("<dt>Steps</dt><dd>3<"));
  CHECK_THAT(page, Contains("<dt>Duration</dt><dd>1 min 02 s<"));
  // A kernel of 18, scale and bias of 2, and 32 · 3 + 3.
  CHECK_THAT(page, Contains("<dt>Parameters</dt><dd>121<"));
  CHECK_THAT(page, Contains("<dt>Accuracy</dt><dd>33.33\u202f%<small>of 3 images"));
  CHECK(count_of(page, "class=\"chart\"") == 3);
  CHECK(count_of(page, "alt=\"filter ") == 2);
  CHECK(count_of(page, "class=\"histogram\"") == 4);
  CHECK(count_of(page, "alt=\"image ") == 3);
  CHECK_THAT(page,
             Contains("<b>stats/%2FBatchNorm_1</b>: mean is 0 and var is 1 in all 2 channels"));
  CHECK_THAT(page, Contains("<span>Cause: the model is not trained yet.</span>"));
  CHECK_THAT(page, Contains("<span>Remedy: train it before it is evaluated.</span>"));
  CHECK_THAT(page, Contains("<th scope=\"row\">more.deep</th><td>yes</td>"));
  CHECK_THAT(page, Contains("<th scope=\"row\">rate</th><td>0.1</td>"));  // the log knows best
  CHECK_THAT(page, Contains("<th scope=\"row\">seed</th><td>3</td>"));
  CHECK_THAT(page, Contains("<td>A &lt;fast&gt; one</td>"));
  CHECK_THAT(page, Contains("<td>26 November 2024, 18:40 UTC</td>"));
  CHECK(report_page(directory.path(), options) == page);
}

TEST_CASE("layers have outputs, parameters, state and multiply-adds of one image") {
  const auto layers = page::layers_of(predict_of(new_state()));
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].path == "/Conv_0");
  CHECK(layers[0].output == Shape{4, 4, 2});
  CHECK(layers[0].params == 18);
  CHECK(layers[0].multiply_adds == 2 * 10 * 10);  // three taps in a row of 4, two at its ends
  CHECK(layers[1].path == "/BatchNorm_1");
  CHECK(layers[1].params == 4);
  CHECK(layers[1].state == 4);
  CHECK(layers[2].path == "/Dense_2");
  CHECK(layers[2].output == Shape{3});
  CHECK(layers[2].params == 99);
  CHECK(layers[2].multiply_adds == 32 * 3 + 1.5);  // the bias is added, which is half of one
  CHECK(layers[3].path == "/");
  CHECK(layers[3].params == 0);
}

TEST_CASE("what a run does not have is left out, or the page says how to get it") {
  const TemporaryDirectory directory;
  write_log(directory.path(), kRecords);
  const std::string only_log = report_page(directory.path());
  CHECK(page_problem(only_log) == "");
  CHECK_THAT(only_log, Contains("Save a checkpoint in this directory"));
  CHECK(count_of(only_log, "<section") == 3);  // curves, layers, settings

  std::filesystem::remove(directory.path() / "metrics.jsonl");
  save(directory.path(), false);
  const std::string only_state = report_page(directory.path());
  CHECK(page_problem(only_state) == "");
  CHECK_THAT(only_state, Contains("<code>MetricsLog</code>"));
  CHECK_THAT(only_state, Contains("<code>SaveOptions::functions</code>"));
  CHECK_THAT(only_state, Contains("<dt>Parameters</dt><dd>121<"));
  CHECK(count_of(only_state, "alt=\"filter ") == 2);

  write_log(directory.path(), "");
  CHECK_THAT(report_page(directory.path()), Contains("The log has no values yet."));
}

TEST_CASE("a page says where there is no test part to judge by") {
  const TemporaryDirectory directory;
  save(directory.path());
  const auto images = directory.path() / "images";
  CHECK_THAT(report_page(directory.path(), {.data = write_images(images)}),
             !Contains("no test part"));
  for (const auto& [label, shade] : {std::pair("cat", 0), {"dog", 127}}) {
    const std::vector<std::uint8_t> pixels(4 * 4 * 3, static_cast<std::uint8_t>(shade));
    std::filesystem::create_directories(directory.path() / "all" / label);
    write_file(directory.path() / "all" / label / "1.png", png_of(pixels, 4, 4));
  }
  const std::string page = report_page(directory.path(), {.data = directory.path() / "all"});
  CHECK(page_problem(page) == "");
  CHECK_THAT(page, Contains("no test part"));
}

TEST_CASE("names from files cannot become markup") {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "<b>&\"run\"";
  std::filesystem::create_directories(directory);
  write_log(directory,
            R"({"step":1,"time":1732646401,"<script>alert(1)</script>":1,"test/'\"&<x>":2})"
            "\n");
  save(directory, true, R"(["</td><script>alert(2)</script>","\u0000","'"])");
  const std::string page = report_page(directory, {.data = write_images(directory / "images")});
  CHECK(page_problem(page) == "");
  CHECK(count_of(page, "<script>") == 1);  // its own
  CHECK_THAT(page, Contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK_THAT(page, Contains("<h1>&lt;b&gt;&amp;&quot;run&quot;</h1>"));
}

TEST_CASE("names of tensors in findings cannot become markup") {
  const TemporaryDirectory directory;
  const Tensor nan(std::numeric_limits<float>::quiet_NaN());
  save_checkpoint(directory.path(),
                  Tree{{"</li><script>alert(3)</script>", nan}, {"\xff&<i>", nan}}, 1);
  const std::string page = report_page(directory.path());
  CHECK(page_problem(page) == "");
  CHECK(count_of(page, "<script>") == 1);  // its own
  CHECK_THAT(page, Contains("&lt;script&gt;alert(3)&lt;"));
  CHECK_THAT(page, Contains("&amp;&lt;i&gt;</b>: "));
}

TEST_CASE("settings that were floats are shown with a float's digits") {
  const TemporaryDirectory directory;
  save_checkpoint(
      directory.path(), Tree{{"a", Tensor(1)}}, 1,
      {.config = R"({"float":0.003000000026077032,"double":0.1,"whole":128,"big":1e300})"});
  const std::string page = report_page(directory.path());
  for (const std::string& text : std::vector<std::string>{"0.003", "0.1", "128", "1e+300"}) {
    CHECK_THAT(page, Contains("<td>" + text + "</td>"));
  }
}

TEST_CASE("settings may be nested, long, or no settings at all") {
  const TemporaryDirectory directory;
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const std::string text(5000, 'x');
  save_checkpoint(directory.path(), Tree{{"a", Tensor(1)}}, 1,
                  {.config = "{\"deep\":" + deep + ",\"long\":\"" + text + "\"}"});
  const std::string page = report_page(directory.path());
  CHECK(page_problem(page) == "");
  CHECK_THAT(page, Contains("<td>" + std::string(300, 'x') + " …</td>"));
  save_checkpoint(directory.path(), Tree{{"a", Tensor(1)}}, 2, {.config = "[1]"});
  CHECK(page_problem(report_page(directory.path())) == "");
}

TEST_CASE("a run without anything to report is an error, and so is what is asked for in vain") {
  const TemporaryDirectory directory;
  const auto report = [&](const ReportOptions& options) {
    return [&, options] { report_page(directory.path(), options); };
  };
  CHECK(fails<IoError>(report({}), {"nothing to report", "metrics.jsonl", "checkpoint_"}) == "");
  CHECK(fails<IoError>([] { report_page("/nowhere/at/all"); }, {"/nowhere/at/all"}) == "");
  save(directory.path(), false);
  CHECK(fails<IoError>(report({.step = 9}), {"step 9"}) == "");
  CHECK(fails<NotSupported>(report({.data = write_images(directory.path() / "images")}),
                            {"\"predict\"", "SaveOptions::functions"}) == "");
  CHECK(fails<IoError>(report({.prefix = "best_"}), {"best_<step>"}) == "");
  write_log(directory.path(), kRecords);
  CHECK(fails<IoError>(report({.prefix = "best_"}), {"no checkpoint best_<step>"}) == "");
}

TEST_CASE("what is damaged is named on the page while there is something else to show") {
  const TemporaryDirectory directory;
  write_file(directory.path() / "checkpoint_4", "nonsense");
  CHECK(fails<DataCorruption>([&] { report_page(directory.path()); }, {"checkpoint_4"}) == "");
  write_log(directory.path(), kRecords);
  const std::string page = report_page(directory.path());
  CHECK(page_problem(page) == "");
  CHECK(count_of(page, "<p class=\"warn\">") == 1);
  CHECK_THAT(page, Contains("checkpoint_4"));
}

TEST_CASE("a report is a file that takes the place of the one before") {
  const TemporaryDirectory directory;
  write_log(directory.path(), kRecords);
  const auto file = directory.path() / "reports" / "page.html";
  write_report(directory.path(), file);
  write_log(directory.path(), "");
  write_report(directory.path(), file);
  CHECK(read_file(file) == report_page(directory.path()));
}

}  // namespace linseed::test
