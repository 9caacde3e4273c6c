// Statistics of channels and what is done with them; mixup.
#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/loader.h>
#include <linseed/framework/data/mixup.h>
#include <linseed/framework/data/normalize.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/framework/data/images.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::SampleRandom;

/// Images of 3 × 4 pixels with two channels, the second about `offset`.
data::Dataset random_set(float offset, std::int64_t size = 7) {
  auto pixels = values<float>(random::normal(random::key(1), {size * 3 * 4 * 2}));
  for (std::size_t i = 1; i < pixels.size(); i += 2) pixels[i] += offset;
  return data::in_memory(Tensor::from(pixels, {size, 3, 4, 2}), zeros({size}, int32));
}

/// Mean and deviation of one channel of all images, in two passes and long double.
std::pair<double, double> by_hand(const data::Dataset& set, std::size_t channel) {
  std::vector<long double> all;
  for (std::int64_t i = 0; i < set.size; ++i) {
    const auto pixels = data::read_image(set, i).first.pixels;
    for (std::size_t k = channel; k < pixels.size(); k += 2) {
      all.push_back(static_cast<long double>(pixels[k]));
    }
  }
  long double mean = 0, squares = 0;
  for (const auto x : all) mean += x / static_cast<long double>(all.size());
  for (const auto x : all) squares += (x - mean) * (x - mean);
  return {static_cast<double>(mean),
          static_cast<double>(std::sqrt(squares / static_cast<long double>(all.size())))};
}

}  // namespace

TEST_CASE("channel statistics are right, also far from 0") {
  for (const float offset : {0.f, 1000.f}) {
    const auto set = random_set(offset);
    const auto [mean, deviation] = data::channel_statistics(set);
    for (std::size_t c = 0; c < 2; ++c) {
      const auto [expected_mean, expected_deviation] = by_hand(set, c);
      CHECK(mean.data<float>()[c] == Approx(expected_mean).margin(1e-7));  // float32's rounding
      CHECK(deviation.data<float>()[c] == Approx(expected_deviation).epsilon(1e-6));
    }
  }
}

TEST_CASE("channel statistics of many images are the same for any number of threads") {
  const auto set = random_set(3, 100);  // several batches of the loader's, the last a short one
  const int before = num_threads();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 8}) {
    set_num_threads(threads);
    const auto [mean, deviation] = data::channel_statistics(set);
    results.push_back(values<float>(mean));
    results.push_back(values<float>(deviation));
  }
  set_num_threads(before);
  CHECK(results[0] == results[2]);
  CHECK(results[1] == results[3]);
  CHECK(results[0][1] == Approx(by_hand(set, 1).first).epsilon(1e-6));
}

TEST_CASE("a graph normalises images as the transform does, constant channels too") {
  const data::ChannelStatistics statistics{Tensor::from({0.5f, 0.25f}, {2}),
                                           Tensor::from({0.f, 0.5f}, {2})};
  auto [image, label] = data::read_image(random_set(1), 2);
  const Tensor before = Tensor::from(image.pixels, {1, 3, 4, 2});
  SampleRandom random({0, 0});
  data::Normalize{statistics}(image, random);
  CHECK(values<float>(data::normalized(before, statistics)) == image.pixels);
}

TEST_CASE("normalised images have mean 0 and deviation 1, and a constant channel becomes 0") {
  const auto set = random_set(1000);
  auto normalised = set;
  const data::Normalize normalize(data::channel_statistics(set));
  normalised.read = [&](std::int64_t index, std::span<float> pixels) {
    auto [image, label] = data::read_image(set, index);
    SampleRandom random({0, 0});
    normalize(image, random);
    std::ranges::copy(image.pixels, pixels.begin());
    return label;
  };
  const auto [mean, deviation] = data::channel_statistics(normalised);
  for (std::size_t c = 0; c < 2; ++c) {
    // Near 1,000 a float32 is known to 3e-5, and so are the mean and its distance from 0.
    CHECK(mean.data<float>()[c] == Approx(0).margin(1e-4));
    CHECK(deviation.data<float>()[c] == Approx(1).margin(1e-4));
  }
  const auto constant = data::in_memory(full({3, 2, 2, 1}, 0.1f), zeros({3}, int32));
  auto [image, label] = data::read_image(constant, 0);
  SampleRandom random({0, 0});
  data::Normalize{data::channel_statistics(constant)}(image, random);
  CHECK(image.pixels == std::vector<float>(4, 0.f));
}

TEST_CASE("a broken image ends the statistics, with its index") {
  auto set = random_set(0);
  set.read = [read = set.read](std::int64_t index, std::span<float> pixels) {
    if (index == 5) throw IoError("five.png: gone");
    return read(index, pixels);
  };
  CHECK_THROWS_AS(data::channel_statistics(set), IoError);
  CHECK_THROWS_WITH(data::channel_statistics(set), Contains("image 5") && Contains("five.png"));
  CHECK_THROWS_WITH(data::channel_statistics(data::Dataset{}), Contains("channel_statistics"));
  // Without that image, they are those of the others.
  data::Dataset others = set;
  others.size = set.size - 1;
  others.read = [read = set.read](std::int64_t index, std::span<float> pixels) {
    return read(index < 5 ? index : index + 1, pixels);
  };
  const auto expected = data::channel_statistics(others);
  const auto skipped = data::channel_statistics(set, data::OnBroken::skip);
  CHECK(values<float>(skipped.mean) == values<float>(expected.mean));
  CHECK(values<float>(skipped.deviation) == values<float>(expected.deviation));
}

TEST_CASE("statistics do without broken images, however they lie") {
  data::Dataset set = random_set(0);
  const auto expected = data::channel_statistics(set);
  const auto only = [&](auto is_sound) {
    data::Dataset broken = set;
    broken.size = 2 * set.size;  // the second half is broken, or all
    broken.read = [read = set.read, is_sound, size = set.size](std::int64_t index,
                                                               std::span<float> pixels) {
      if (!is_sound(index)) throw DataCorruption("it ends early");
      return read(index % size, pixels);
    };
    return broken;
  };
  const auto half = only([size = set.size](std::int64_t index) { return index < size; });
  const auto skipped = data::channel_statistics(half, data::OnBroken::skip);
  CHECK(values<float>(skipped.mean) == values<float>(expected.mean));
  const auto none = only([](std::int64_t) { return false; });
  CHECK_THROWS_AS(data::channel_statistics(none, data::OnBroken::skip), DataCorruption);
}

TEST_CASE("statistics are saved beside the model and restored") {
  const TemporaryDirectory directory;
  const auto statistics = data::channel_statistics(random_set(3));
  save_checkpoint(directory.path(), statistics, 1);
  const data::ChannelStatistics empty{zeros({2}), zeros({2})};
  const auto restored = restore_checkpoint(directory.path(), empty).value;
  CHECK(values<float>(restored.mean) == values<float>(statistics.mean));
  CHECK(values<float>(restored.deviation) == values<float>(statistics.deviation));
}

TEST_CASE("statistics that do not fit are refused") {
  CHECK_THROWS_AS(data::Normalize({zeros({2}), zeros({3})}), InvalidArgument);
  CHECK_THROWS_AS(data::Normalize({zeros({2}), full({2}, -1.f)}), InvalidArgument);
  const data::Normalize normalize({zeros({3}), ones({3})});
  data::Image grey{{1, 1, 1}, {0.f}};
  SampleRandom random({0, 0});
  CHECK_THROWS_WITH(normalize(grey, random), Contains("3 channels") && Contains("[1,1,1]"));
}

TEST_CASE("the share of mixup follows the symmetric Beta distribution") {
  constexpr int kDraws = 20000;
  for (const double alpha : {0.01, 0.2, 1., 4.}) {
    INFO("alpha " << alpha);
    SampleRandom random({3, 4});
    double sum = 0, squares = 0;
    int below = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = data::symmetric_beta(alpha, random);
      REQUIRE((x >= 0 && x <= 1));
      sum += x;
      squares += (x - 0.5) * (x - 0.5);
      below += x < 0.25;
    }
    const double variance = 1 / (4 * (2 * alpha + 1));
    // Five standard deviations; that of (x − ½)² is at most ⅛.
    CHECK(sum / kDraws == Approx(0.5).margin(5 * std::sqrt(variance / kDraws)));
    CHECK(squares / kDraws == Approx(variance).margin(5 * 0.125 / std::sqrt(kDraws)));
    // Beta(1, 1) is uniform; of Beta(4, 4), P(x < ¼) = Σₖ₌₄⁷ C(7, k) 3⁷⁻ᵏ / 4⁷ = 1156 / 16384.
    if (alpha == 1) CHECK(below == Approx(kDraws / 4).margin(5 * 61));
    if (alpha == 4) CHECK(below == Approx(kDraws * 1156. / 16384).margin(5 * 36));
  }
}

TEST_CASE("mixup mixes images and labels in the same proportion") {
  const data::LabelledImages batch{reshape(arange(5 * 4, float32), {5, 2, 2, 1}),
                                   Tensor::from<std::int32_t>({0, 2, 1, 2, 0}, {5})};
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto mixed = data::Mixup{.alpha = 1}(batch, 3, SampleRandom({0, seed}));
    REQUIRE(mixed.images.shape() == Shape{5, 2, 2, 1});
    REQUIRE(mixed.labels.shape() == Shape{5, 3});
    SampleRandom random({0, seed});
    const auto weight = static_cast<float>(data::symmetric_beta(1, random));
    // The images say which one each was mixed with: the same step further for all.
    const auto images = mixed.images.data<float>();
    const auto step = std::lround((images[0] - 0) / (1 - weight) / 4);
    CHECK((step >= 1 && step <= 4));
    const auto labels = batch.labels.data<std::int32_t>();
    for (std::size_t i = 0; i < 5; ++i) {
      const std::size_t other = (i + static_cast<std::size_t>(step)) % 5;
      for (std::size_t k = 0; k < 4; ++k) {
        const auto one = static_cast<double>(4 * i + k), two = static_cast<double>(4 * other + k);
        CHECK(images[4 * i + k] == Approx(weight * one + (1 - weight) * two).epsilon(1e-5));
      }
      std::vector<float> expected(3);
      expected[static_cast<std::size_t>(labels[i])] += weight;
      expected[static_cast<std::size_t>(labels[other])] += 1 - weight;
      for (std::size_t c = 0; c < 3; ++c) {
        CHECK(mixed.labels.data<float>()[3 * i + c] == expected[c]);
      }
    }
  }
}

TEST_CASE("mixup in a loader is one of the key and the position") {
  const auto run = [](int ahead) {
    data::Loader loader(counting_set(12), 4, random::key(2),
                        {.mixup = data::Mixup{.alpha = 1}, .ahead = ahead});
    std::vector<std::vector<float>> seen;
    for (const auto& batch : loader.rest_of_epoch({1, 0})) {
      CHECK(batch.labels.shape() == Shape{4, 12});
      // Images are their indices: mixed like their labels, they are the labels' mean.
      const auto labels = values<float>(batch.labels), images = values<float>(batch.images);
      for (std::size_t i = 0; i < 4; ++i) {
        double mean = 0;
        for (std::size_t c = 0; c < 12; ++c)
          mean += double{labels[12 * i + c]} * static_cast<double>(c);
        CHECK(images[6 * i] == Approx(mean).epsilon(1e-5));
      }
      seen.push_back(images);
    }
    return seen;
  };
  CHECK(run(0) == run(4));
}

TEST_CASE("mixup refuses what it cannot mix") {
  const data::LabelledImages batch{zeros({2, 1, 1, 1}), arange(2)};
  CHECK_THROWS_WITH(data::Mixup{}(batch, 1, SampleRandom({0, 0})), Contains("label 1"));
  CHECK_THROWS_AS((data::Mixup{.alpha = 0})(batch, 2, SampleRandom({0, 0})), InvalidArgument);
  const data::LabelledImages single{ones({1, 1, 1, 1}), arange(1)};
  CHECK(data::Mixup{}(single, 1, SampleRandom({0, 0})).images.item<float>() == 1);
}

}  // namespace linseed::test
