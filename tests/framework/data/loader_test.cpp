// Loaders: what is in their batches, whoever prepares them and wherever a run begins.
#include <linseed/framework/data/loader.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/data/crop.h>
#include <linseed/framework/data/flip.h>
#include <linseed/framework/io/checkpoint.h>
#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/random.h>
#include <linseed/framework/plan/threads.h>
#include <linseed/tests/framework/data/images.h>
#include <linseed/tests/support/temporary_directory.h>

namespace linseed::test {
namespace {

using Catch::Matchers::Contains;
using data::Loader;
using data::Position;

/// An image of random pixels, from its key alone.
void noise(data::Image& image, data::SampleRandom& random) {
  for (float& pixel : image.pixels) pixel += random.uniform();
}

/// Restores the number of threads, which all tests share.
class Threads {
 public:
  explicit Threads(int count) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_ = num_threads();
};

std::vector<std::int32_t> all_labels(const Seen& seen) {
  std::vector<std::int32_t> result;
  for (const auto& labels : seen.labels) result.insert(result.end(), labels.begin(), labels.end());
  return result;
}

struct RunState {
  Tensor key;
  Position position;
  static constexpr auto tree = fields<&RunState::key, &RunState::position>;
};

}  // namespace

TEST_CASE("a loader takes the order of Batches, and images come with their labels") {
  const Tensor key = random::key(3);
  Loader loader(counting_set(40), 8, key);
  const data::Batches batches(arange(40), 8, key);
  for (const Position position : {Position{0, 0}, Position{1, 2}}) {
    std::vector<std::int32_t> expected;
    for (const Tensor& rows : batches.rest_of_epoch(position)) {
      for (const std::int32_t row : rows.data<std::int32_t>()) expected.push_back(row);
    }
    Seen seen;
    for (const auto& batch : loader.rest_of_epoch(position)) {
      CHECK(batch.images.shape() == Shape{8, 2, 3, 1});
      seen.add(batch);
    }
    CHECK(all_labels(seen) == expected);
    for (std::size_t i = 0; i < seen.labels.size(); ++i) {
      for (std::size_t k = 0; k < seen.images[i].size(); ++k) {
        CHECK(seen.images[i][k] == static_cast<float>(seen.labels[i][k / 6]));
      }
    }
  }
}

TEST_CASE("batches are the same for any number of threads and of batches ahead") {
  const Threads more(8);  // the machine may have fewer
  const auto run = [](int threads, int ahead) {
    Loader loader(counting_set(50), 4, random::key(7),
                  {.transforms = {data::RandomFlip{}, noise}, .ahead = ahead, .threads = threads});
    return see(loader, {}, 30);
  };
  const Seen expected = run(1, 0);
  CHECK(run(1, 4) == expected);
  CHECK(run(2, 1) == expected);
  CHECK(run(2, 4) == expected);
  CHECK(run(8, 16) == expected);
}

TEST_CASE("a loader goes on from any position as it would have gone on") {
  const auto loader = [] {
    return Loader(counting_set(11), 3, random::key(5), {.transforms = {noise}, .drop_last = false});
  };
  Loader whole = loader();
  const Seen expected = see(whole, {}, 12);  // three epochs of 3, 3, 3 and 2 images
  CHECK(expected.labels[3].size() == 2);
  CHECK(expected.labels[4].size() == 3);
  Position position;
  for (std::size_t i = 0; i < 12; ++i) {
    Loader fresh = loader();
    const Seen rest = see(fresh, position, static_cast<int>(12 - i));
    const auto from = static_cast<std::ptrdiff_t>(i);
    CHECK(rest.images == std::vector(expected.images.begin() + from, expected.images.end()));
    CHECK(rest.labels == std::vector(expected.labels.begin() + from, expected.labels.end()));
    // A loader that has gone elsewhere before gives the same, too.
    CHECK(see(whole, position, 1).images[0] == expected.images[i]);
    position = whole.next(position);
  }
}

TEST_CASE("a checkpoint holds what a loader needs to go on: key and position") {
  const TemporaryDirectory directory;
  const auto loader_of = [](const Tensor& key) {
    return Loader(counting_set(20), 3, key, {.transforms = {noise}});
  };
  Loader before = loader_of(random::key(11));
  Position position;
  for (int i = 0; i < 8; ++i) {
    before.batch(position);
    position = before.next(position);
  }
  save_checkpoint(directory.path(), RunState{random::key(11), position}, 8);
  const RunState initial{random::key(0), {}};
  const auto restored = restore_checkpoint(directory.path(), initial).value;
  CHECK(restored.position == Position{1, 2});
  Loader after = loader_of(restored.key);
  CHECK(see(after, restored.position, 5) == see(before, position, 5));
}

TEST_CASE("an epoch holds every image once, with drop_last or without") {
  for (const bool drop_last : {true, false}) {
    Loader loader(counting_set(11), 3, random::key(5), {.drop_last = drop_last});
    CHECK(loader.steps_per_epoch() == (drop_last ? 3 : 4));
    CHECK(loader.rest_of_epoch({0, 1}).size() == (drop_last ? 2 : 3));
    auto labels = all_labels(see(loader, {}, static_cast<int>(loader.steps_per_epoch())));
    CHECK(labels.size() == (drop_last ? 9 : 11));
    std::ranges::sort(labels);
    CHECK(std::ranges::adjacent_find(labels) == labels.end());
  }
}

TEST_CASE("without shuffle images keep their order, and transforms differ from epoch to epoch") {
  Loader loader(counting_set(6), 6, random::key(1), {.transforms = {noise}, .shuffle = false});
  const Seen seen = see(loader, {}, 2);
  CHECK(seen.labels[0] == std::vector<std::int32_t>{0, 1, 2, 3, 4, 5});
  CHECK(seen.labels[1] == seen.labels[0]);
  CHECK(seen.images[1] != seen.images[0]);
  Loader other(counting_set(6), 6, random::key(2), {.transforms = {noise}, .shuffle = false});
  CHECK(see(other, {}, 1).images[0] != seen.images[0]);
}

TEST_CASE("a transform's random numbers are those of key, epoch and index") {
  Loader loader(counting_set(6), 2, random::key(9), {.transforms = {noise}, .shuffle = false});
  const auto key = data::key_words(random::fold_name(random::key(9), "image"));
  data::SampleRandom random(data::threefry(key, {1, 4}));  // epoch 1, image 4
  const Tensor images = loader.batch({1, 2}).images;
  for (std::size_t i = 0; i < 6; ++i) CHECK(images.data<float>()[i] == 4.f + random.uniform());
}

TEST_CASE("no more batches are prepared than may lie ahead") {
  for (const int ahead : {0, 1, 3}) {
    std::atomic<int> reads = 0;
    data::Dataset set = counting_set(100);
    set.read = [&reads, read = set.read](std::int64_t index, std::span<float> pixels) {
      ++reads;
      return read(index, pixels);
    };
    Loader loader(set, 5, random::key(0), {.ahead = ahead});
    for (int step = 0; step < 6; ++step) {
      loader.batch({0, step});
      // However long nobody asks, there are this one's images and those before and ahead of it.
      const int most = 5 * (step + 1 + ahead);
      for (int wait = 0; wait < 5000 && reads < most; ++wait) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      CHECK(reads == most);
    }
  }
}

TEST_CASE("no batch is prepared beyond the last epoch") {
  std::vector<std::atomic<int>> reads(20);
  data::Dataset set = counting_set(20);
  set.read = [&reads, read = set.read](std::int64_t index, std::span<float> pixels) {
    ++reads[static_cast<std::size_t>(index)];
    return read(index, pixels);
  };
  {
    Loader loader(set, 5, random::key(0), {.ahead = 16, .epochs = 2});
    see(loader, {}, 8);
    for (const auto& count : reads) CHECK(count == 2);
    CHECK(see(loader, {2, 0}, 1) == see(loader, {2, 0}, 1));  // it can still be asked for
  }
  CHECK_THROWS_WITH(Loader(set, 5, random::key(0), {.epochs = -1}), Contains("-1 epochs"));
}

TEST_CASE("a batch that no thread begins is prepared by the caller") {
  std::vector<std::thread::id> readers;
  data::Dataset set = counting_set(4);
  set.read = [&](std::int64_t, std::span<float>) {
    readers.push_back(std::this_thread::get_id());
    return 0;
  };
  Loader loader(set, 2, random::key(0), {.ahead = 0});
  loader.batch({});
  CHECK(readers == std::vector(2, std::this_thread::get_id()));
}

TEST_CASE("a loader may go while batches are under way") {
  std::atomic<int> under_way = 0, begun = 0;
  data::Dataset set = counting_set(1000);
  set.read = [&](std::int64_t, std::span<float>) {
    ++under_way;
    ++begun;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --under_way;
    return 0;
  };
  for (int i = 0; i < 5; ++i) {
    std::optional<Loader> loader(std::in_place, set, 10, random::key(0),
                                 data::LoaderOptions{.ahead = 8, .threads = 2});
    loader->batch({});
    loader.reset();
    const int begun_by_then = begun;
    CHECK(under_way == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    CHECK(begun == begun_by_then);  // what waited in the arena was given up
  }
}

TEST_CASE("a broken image stops the run, with its file and index, and the run can go on") {
  data::Dataset set = counting_set(10);
  set.read = [read = set.read](std::int64_t index, std::span<float> pixels) {
    if (index == 5) throw DataCorruption("cats/a.png: a checksum differs");
    if (index == 7) throw IoError("cats/b.png: gone");
    return read(index, pixels);
  };
  for (const int ahead : {0, 4}) {
    Loader loader(set, 2, random::key(0), {.shuffle = false, .ahead = ahead});
    CHECK(values<std::int32_t>(loader.batch({0, 1}).labels) == std::vector<std::int32_t>{2, 3});
    CHECK_THROWS_AS(loader.batch({0, 2}), DataCorruption);
    CHECK_THROWS_WITH(loader.batch({0, 2}), Contains("image 5") && Contains("cats/a.png"));
    CHECK_THROWS_AS(loader.batch({0, 3}), IoError);
    CHECK(values<std::int32_t>(loader.batch({0, 4}).labels) == std::vector<std::int32_t>{8, 9});
  }
}

TEST_CASE("broken images can be skipped, and are listed") {
  data::Dataset set = counting_set(10);
  set.read = [read = set.read](std::int64_t index, std::span<float> pixels) {
    if (index == 5 || index == 2 || index == 3) throw DataCorruption("{}.png: broken", index);
    return read(index, pixels);
  };
  Loader loader(
      set, 2, random::key(0),
      {.shuffle = false, .drop_last = false, .on_broken = data::OnBroken::skip, .ahead = 0});
  CHECK(values<std::int32_t>(loader.batch({0, 2}).labels) == std::vector<std::int32_t>{4});
  CHECK(loader.batch({0, 2}).images.shape() == Shape{1, 2, 3, 1});
  CHECK(values<float>(loader.batch({0, 2}).images) == std::vector<float>(6, 4.f));
  CHECK(loader.batch({0, 1}).images.shape() == Shape{0, 2, 3, 1});  // both of them are broken
  CHECK(loader.batch({0, 1}).labels.spec() == TensorSpec{{0}, int32});
  const auto broken = loader.broken();
  REQUIRE(broken.size() == 3);
  CHECK(broken[0].first == 2);
  CHECK(broken[2].first == 5);
  CHECK_THAT(broken[2].second, Contains("5.png: broken"));
}

TEST_CASE("with drop_last, a sound image of the batch stands in for a broken one") {
  data::Dataset set = counting_set(10);
  set.read = [read = set.read](std::int64_t index, std::span<float> pixels) {
    if (index == 1 || index == 4 || index >= 5) throw IoError("{}.png: gone", index);
    return read(index, pixels);
  };
  for (const int ahead : {0, 4}) {
    Loader loader(set, 5, random::key(0),
                  {.transforms = {noise},
                   .shuffle = false,
                   .on_broken = data::OnBroken::skip,
                   .ahead = ahead});
    const auto batch = loader.batch({});
    CHECK(values<std::int32_t>(batch.labels) == std::vector<std::int32_t>{0, 2, 2, 3, 0});
    const auto pixels = values<float>(batch.images);
    CHECK(pixels[6] != pixels[12]);  // image 2, by the random numbers of image 1 and by its own
    CHECK_THROWS_WITH(loader.batch({0, 1}), Contains("all 5 images") && Contains("5.png"));
  }
}

TEST_CASE("other exceptions of a reader or a transform reach the caller as they are") {
  struct Strange {};
  data::Dataset set = counting_set(4);
  set.read = [](std::int64_t, std::span<float>) -> std::int32_t { throw Strange(); };
  for (const int ahead : {0, 2}) {
    Loader reading(set, 2, random::key(0), {.on_broken = data::OnBroken::skip, .ahead = ahead});
    CHECK_THROWS_AS(reading.batch({}), Strange);
    const auto refuse = [](data::Image&, data::SampleRandom&) { throw Strange(); };
    Loader changing(counting_set(4), 2, random::key(0), {.transforms = {refuse}, .ahead = ahead});
    CHECK_THROWS_AS(changing.batch({}), Strange);
  }
}

TEST_CASE("transforms may change the size of images, of all alike") {
  const data::RandomCrop crop{.padding = 0, .height = 1, .width = 2};
  Loader loader(counting_set(4), 2, random::key(0), {.transforms = {crop}});
  CHECK(loader.batch({}).images.shape() == Shape{2, 1, 2, 1});

  const auto shrink_one = [](data::Image& image, data::SampleRandom&) {
    if (image.pixels[0] == 3) image = {{1, 1, 1}, {0.f}};
  };
  Loader uneven(counting_set(4), 4, random::key(0), {.transforms = {shrink_one}, .shuffle = false});
  CHECK_THROWS_WITH(uneven.batch({}), Contains("image 3 [1,1,1]") && Contains("[2,3,1]"));
  const auto lose = [](data::Image& image, data::SampleRandom&) { image.pixels.pop_back(); };
  Loader losing(counting_set(4), 2, random::key(0), {.transforms = {lose}, .shuffle = false});
  CHECK_THROWS_WITH(losing.batch({}), Contains("image 0 with 5 values") && Contains("[2,3,1]"));
}

TEST_CASE("a loader that cannot be is refused") {
  const Tensor key = random::key(0);
  CHECK_THROWS_WITH(Loader(counting_set(4), 5, key), Contains("batch of 5"));
  CHECK(Loader(counting_set(4), 5, key, {.drop_last = false}).steps_per_epoch() == 1);
  CHECK_THROWS_WITH(Loader(counting_set(4), 0, key, {.drop_last = false}), Contains("at least 1"));
  CHECK_THROWS_WITH(Loader(data::Dataset{}, 1, key), Contains("no function"));
  CHECK_THROWS_WITH(Loader(counting_set(0), 1, key), Contains("no image"));
  CHECK_THROWS_WITH(Loader(counting_set(4), 1, key, {.ahead = -1}), Contains("-1 batches ahead"));
  CHECK_THROWS_WITH(Loader(counting_set(4), 1, arange(3)), Contains("a key is"));
  data::Dataset by_blocks = counting_set(4);
  using Blocks = std::vector<std::int64_t>;
  for (const auto& [blocks, at_a_time] :
       {std::pair(Blocks{0, 2}, 0), {Blocks{1, 2}, 1}, {Blocks{0, 4}, 1}, {Blocks{0, 2, 2}, 1}}) {
    by_blocks.locality = {blocks, at_a_time};
    CHECK_THROWS_WITH(Loader(by_blocks, 1, key), Contains("blocks of images begin at 0"));
  }
  data::Dataset unnamed = counting_set(4);
  unnamed.classes.clear();
  CHECK_THROWS_WITH(Loader(unnamed, 1, key, {.mixup = data::Mixup{}}), Contains("mixup"));
  Loader loader(counting_set(4), 2, key);
  CHECK_THROWS_WITH(loader.batch({0, 2}), Contains("step 2 of epoch 0"));
  CHECK_THROWS_WITH(loader.rest_of_epoch({3, 2}), Contains("step 2 of epoch 3"));
}

}  // namespace linseed::test
