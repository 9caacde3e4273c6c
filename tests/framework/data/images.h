// What the tests of sets and loaders have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <linseed/framework/data/loader.h>

namespace linseed::test {

/// A set of `size` images of 2 × 3 pixels that hold their index; labels are the index, too.
inline data::Dataset counting_set(std::int64_t size) {
  const auto read = [](std::int64_t index, std::span<float> pixels) {
    for (float& pixel : pixels) pixel = static_cast<float>(index);
    return static_cast<std::int32_t>(index);
  };
  std::vector<std::string> classes(static_cast<std::size_t>(size), "any");
  return {.size = size, .shape = {2, 3, 1}, .classes = std::move(classes), .read = read};
}

template <class T>
std::vector<T> values(const Tensor& tensor) {
  const auto data = tensor.data<T>();
  return {data.begin(), data.end()};
}

/// All numbers of some batches, and their sizes, to be compared by ==.
struct Seen {
  std::vector<std::vector<float>> images;
  std::vector<std::vector<std::int32_t>> labels;

  void add(const data::LabelledImages& batch) {
    images.push_back(values<float>(batch.images));
    labels.push_back(values<std::int32_t>(batch.labels));
  }
  bool operator==(const Seen&) const = default;
};

/// The next `count` batches from `position` on.
inline Seen see(data::Loader& loader, data::Position position, int count) {
  Seen seen;
  for (int i = 0; i < count; ++i) {
    seen.add(loader.batch(position));
    position = loader.next(position);
  }
  return seen;
}

}  // namespace linseed::test
