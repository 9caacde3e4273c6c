// The order of an epoch: a permutation that stays within a few blocks at a time.
#include <linseed/framework/data/order.h>

#include <algorithm>
#include <list>
#include <numeric>

#include <catch2/catch.hpp>

#include <linseed/framework/data/hold_out.h>
#include <linseed/framework/ops/random.h>
#include <linseed/tests/framework/data/images.h>

namespace linseed::test {
namespace {

using Ints = std::vector<std::int32_t>;

data::Dataset set_of_blocks(std::int64_t size, std::int64_t length, std::int64_t together) {
  data::Dataset set = counting_set(size);
  set.locality = data::even_blocks(size, length, together);
  return set;
}

/// How often a block must be read if the last `kept` ones stay in memory.
int reads(const Ints& order, std::int64_t block, std::size_t kept) {
  std::list<std::int64_t> recent;
  int count = 0;
  for (const std::int32_t image : order) {
    const std::int64_t wanted = image / block;
    count += std::ranges::find(recent, wanted) == recent.end();
    recent.remove(wanted);
    recent.push_front(wanted);
    if (recent.size() > kept) recent.pop_back();
  }
  return count;
}

}  // namespace

TEST_CASE("every epoch takes every image once, by blocks or not") {
  for (const data::Dataset& set :
       {counting_set(100), set_of_blocks(100, 7, 3), set_of_blocks(100, 7, 1),
        set_of_blocks(100, 1, 5), set_of_blocks(100, 7, 100)}) {
    for (const std::int64_t epoch : {0, 1, 5}) {
      Ints order = data::shuffled_images(random::key(3), epoch, set);
      std::ranges::sort(order);
      Ints all(100);
      std::iota(all.begin(), all.end(), 0);
      CHECK(order == all);
    }
  }
}

TEST_CASE("each block is read once an epoch") {
  const Ints order = data::shuffled_images(random::key(1), 0, set_of_blocks(1000, 10, 4));
  CHECK(reads(order, 10, 4) == 100);
  CHECK(reads(order, 10, 3) > 200);  // so blocks of a window are mixed
}

TEST_CASE("each block is read once an epoch by a part of a set, too") {
  const auto [train, test] = data::hold_out(set_of_blocks(1000, 10, 4), 3);
  for (const data::Dataset& part : {train, test}) {
    Ints places;
    for (const std::int32_t image : data::shuffled_images(random::key(1), 0, part)) {
      places.push_back(data::read_image(part, image).second);
    }
    CHECK(reads(places, 10, 4) == 100);
  }
}

TEST_CASE("blocks are shuffled, and so is what is in a window of them") {
  const auto set = set_of_blocks(1000, 10, 4);
  const Ints order = data::shuffled_images(random::key(1), 0, set);
  int next_to_each_other = 0, in_next_block = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    next_to_each_other += std::abs(order[i] - order[i - 1]) == 1;
    in_next_block += std::abs(order[i] / 10 - order[i - 1] / 10) == 1;
  }
  // Of two images of one window of 40 about 1 pair in 22 are neighbours; blocks side by side are
  // rarely in one window.
  CHECK(next_to_each_other < 100);
  CHECK(in_next_block < 150);
  CHECK(order != data::shuffled_images(random::key(1), 1, set));
  CHECK(order != data::shuffled_images(random::key(2), 0, set));
  CHECK(order == data::shuffled_images(random::key(1), 0, set));
}

TEST_CASE("what fits into memory is shuffled as a whole, by the rule of Batches") {
  const Tensor key = random::key(8);
  const Ints whole = data::shuffled_images(key, 2, counting_set(50));
  CHECK(data::shuffled_images(key, 2, set_of_blocks(50, 10, 5)) == whole);
  CHECK(whole == values<std::int32_t>(random::permutation(random::fold_in(key, 2), 50)));
}

}  // namespace linseed::test
