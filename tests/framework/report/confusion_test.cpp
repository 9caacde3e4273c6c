// What a network says about labelled images.
#include <linseed/framework/report/confusion_internal.h>

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include <linseed/framework/linseed.h>
#include <linseed/tests/framework/report/well_formed.h>
#include <linseed/tests/support/errors.h>

namespace linseed::test {
namespace {

using namespace page;
using Catch::Matchers::Contains;
using Counts = std::vector<std::vector<std::int64_t>>;

const Tree kState{{"params", Tree{{"scale", Tensor(10.F)}}}};

/// Logits are the first three of four pixels, times 10, for two images at a time.
Exported first_pixels() {
  return export_function(
      [](const Tree& state, const Tensor& images) {
        const Tensor pixels = reshape(images, {images.dim(0), -1});
        return take(pixels, Tensor::from({0, 1, 2}, {3}), 1) * state["params"]["scale"].tensor();
      },
      kState, TensorSpec{{2, 2, 2, 1}, float32});
}

data::Dataset images_of(const std::vector<std::vector<float>>& logits,
                        const std::vector<std::int32_t>& labels) {
  std::vector<float> pixels;
  for (const auto& image : logits) {
    pixels.insert(pixels.end(), image.begin(), image.end());
    pixels.push_back(0.5F);
  }
  const auto count = static_cast<std::int64_t>(labels.size());
  return data::in_memory(Tensor::from(pixels, {count, 2, 2, 1}), Tensor::from(labels, {count}));
}

Confusion confusion(const data::Dataset& images, std::size_t worst = 2,
                    std::vector<std::string> classes = {"cat", "<dog>"}) {
  const ImageFunction predict(first_pixels(), tree::leaves(kState));
  return confusion_of(predict, images, std::move(classes), worst);
}

/// Five images in batches of two: 1 and 4 are taken for others.
const data::Dataset kImages =
    images_of({{1, 0, 0}, {0, 1, 0}, {0, 1, 0}, {0.5F, 0, 1}, {0.8F, 0, 0}}, {0, 0, 1, 2, 2});

}  // namespace

TEST_CASE("each image is counted once, by label and prediction, the last batch too") {
  const Confusion result = confusion(kImages);
  CHECK(result.counts == Counts{{1, 1, 0}, {0, 1, 0}, {1, 0, 1}});
  CHECK(result.images() == 5);
  CHECK(result.accuracy() == 0.6);
  CHECK(result.classes == std::vector<std::string>{"cat", "<dog>", "2"});
}

TEST_CASE("the worst images are those with the highest loss") {
  const Confusion result = confusion(kImages);
  REQUIRE(result.worst.size() == 2);
  CHECK(result.worst[0].index == 1);
  CHECK(result.worst[0].predicted == 1);
  // Logits 0, 10, 0: log(e¹⁰ + 2) − 0.
  CHECK(result.worst[0].loss == Approx(std::log(std::exp(10.) + 2)));
  CHECK(result.worst[0].probability == Approx(1 / (1 + 2 * std::exp(-10.))));
  CHECK(result.worst[1].index == 4);
  CHECK(result.worst[1].loss == Approx(std::log(std::exp(8.) + 2)));
  CHECK(confusion(kImages, 100).worst.size() == 5);
  double sum = 0;
  for (const Prediction& own : confusion(kImages, 5).worst) sum += own.loss;
  CHECK(result.mean_loss == Approx(sum / 5));
}

TEST_CASE("of equal losses the first image comes first") {
  const Confusion result = confusion(images_of({{0, 1, 0}, {1, 0, 0}, {0, 1, 0}}, {0, 0, 0}), 3);
  REQUIRE(result.worst.size() == 3);
  CHECK(result.worst[0].index == 0);
  CHECK(result.worst[1].index == 2);
}

TEST_CASE("an output that is not finite is no prediction, and counts as wrong") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const auto images =
      images_of({{0, nan, 1}, {nan, nan, nan}, {1, infinity, 0}, {1, 0, -infinity}}, {2, 0, 1, 0});
  const Confusion result = confusion(images, 9);
  CHECK(result.not_finite == 3);
  CHECK(result.counts == Counts{{1, 0, 0}, {0, 0, 0}, {0, 0, 0}});  // a class can be impossible
  CHECK(result.accuracy() == 0.25);
  CHECK(result.mean_loss == Approx(std::log(1 + std::exp(-10.))));
  CHECK(result.worst.size() == 1);
  const std::string html = confusion_html(result);
  CHECK(markup_problem(html) == "");
  CHECK_THAT(html, Contains("For 3 of the images the network&#39;s output is not finite."));
}

TEST_CASE("images that cannot be read are named, and the others counted") {
  data::Dataset images = kImages;
  images.read = [read = kImages.read](std::int64_t index, std::span<float> pixels) {
    if (index == 0) throw DataCorruption("<a>.png: it ends early");
    if (index == 3) throw IoError("b.png cannot be opened");
    return read(index, pixels);
  };
  const Confusion result = confusion(images, 9);
  CHECK(result.counts == Counts{{0, 1, 0}, {0, 1, 0}, {1, 0, 0}});
  CHECK(result.broken ==
        std::vector<std::string>{"<a>.png: it ends early", "b.png cannot be opened"});
  const std::string html = confusion_html(result);
  CHECK(markup_problem(html) == "");
  CHECK_THAT(html, Contains("2 images could not be read: &lt;a&gt;.png: it ends early; …"));
  CHECK(count_of(worst_html(result, images), "<img") == 3);
}

TEST_CASE("without an image or a number there is no accuracy and no loss") {
  data::Dataset images = kImages;
  images.read = [](std::int64_t, std::span<float>) -> std::int32_t {
    throw DataCorruption("it ends early");
  };
  CHECK(fails<DataCorruption>([&] { confusion(images); }, {"none of the 5", "it ends early"}) ==
        "");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Confusion result = confusion(images_of({{nan, nan, nan}}, {0}));
  CHECK(std::isnan(result.mean_loss));
  CHECK_THAT(confusion_html(result), Contains("mean loss NaN"));
}

TEST_CASE("images that do not fit the network are refused") {
  CHECK(fails<InvalidArgument>(
            [] {
              confusion(images_of({{1, 0, 0}}, {3}));
            },
            {"image 0 is of class 3", "knows 3 classes"}) == "");
  const auto large = data::in_memory(zeros({1, 3, 3, 1}), Tensor::from({0}, {1}));
  CHECK(fails<InvalidArgument>([&] { confusion(large); }, {"[2,2,2,1]", "3×3×1"}) == "");
}

TEST_CASE("the matrix on the page has the counts, and escapes the names of classes") {
  const std::string html = confusion_html(confusion(kImages));
  CHECK(markup_problem(html) == "");
  CHECK_THAT(html, Contains("title=\"1 of 2 “cat” are taken for “&lt;dog&gt;”\">1</td>"));
  CHECK_THAT(html, Contains("60.00\u202f%"));
  CHECK_THAT(html, Contains("<td class=\"accuracy\">50.0\u202f%</td></tr>"));
  CHECK(count_of(html, "<td></td>") == 4);  // zeros are not written
  CHECK(count_of(html, "<li>") == 2);       // two kinds of mistakes
}

TEST_CASE("many classes are a matrix of colours") {
  Confusion many;
  for (int i = 0; i < 30; ++i) {
    many.classes.push_back("class " + std::to_string(i));
    many.counts.emplace_back(30, 0);
    many.counts.back()[static_cast<std::size_t>(i)] = 9;
  }
  many.counts[3][7] = 5;
  const std::string html = confusion_html(many);
  CHECK(markup_problem(html) == "");
  CHECK(count_of(html, "<path class=\"right\"") == 30);
  CHECK(count_of(html, "<path class=\"wrong\"") == 1);
  CHECK_THAT(html, Contains("class 3 <i>taken for</i> class 7"));
  CHECK_THAT(html, Contains("<li><span>class 3</span><span class=\"n\">64.3\u202f%</span></li>"));
}

TEST_CASE("the worst images are shown with label, prediction and loss") {
  const std::string html = worst_html(confusion(kImages), kImages);
  CHECK(markup_problem(html) == "");
  CHECK(count_of(html, "<img src=\"data:image/png;base64,") == 2);
  CHECK_THAT(html, Contains("<b>cat</b><span class=\"taken\">as &lt;dog&gt;</span>"));
  CHECK_THAT(html, Contains("loss 10"));
}

}  // namespace linseed::test
