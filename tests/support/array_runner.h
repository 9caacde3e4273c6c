// Runs a kernel on arrays of its own, with the loops cut in two ways that must give the same bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/core/shape.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::test {

/// An array with its own memory, 64-byte aligned and of exactly its size, so that the address
/// sanitizer sees a step over its end. It begins as rubbish (NaN in floating types).
class TestArray {
 public:
  explicit TestArray(TensorSpec spec)
      : spec_(std::move(spec)),
        data_(static_cast<std::byte*>(::operator new(bytes(), kAlignment))) {
    std::memset(data_.get(), 0xff, bytes());
  }

  const Shape& shape() const { return spec_.shape; }
  std::size_t bytes() const {
    return static_cast<std::size_t>(spec_.shape.size()) * size_of(spec_.dtype);
  }
  Array array() const { return {data_.get(), spec_.shape, spec_.dtype}; }

  template <Element T>
  std::span<T> values() const {
    return {array().as<T>(), static_cast<std::size_t>(spec_.shape.size())};
  }

  /// All values as double.
  std::vector<double> doubles() const {
    std::vector<double> result(static_cast<std::size_t>(spec_.shape.size()));
    visit_dtype(spec_.dtype, [&](auto zero) {
      std::ranges::transform(values<decltype(zero)>(), result.begin(),
                             [](auto value) { return static_cast<double>(value); });
    });
    return result;
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* data) const { ::operator delete(data, kAlignment); }
  };

  TensorSpec spec_;
  std::unique_ptr<std::byte, Free> data_;
};

using Random = std::mt19937;

/// A number in [low, high].
inline std::int64_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

/// One of the choices.
inline std::int64_t draw(Random& random, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[draw(random, 0, static_cast<std::int64_t>(choices.size()) - 1)];
}

/// Floating types: values in [-1, 1). Integers: all their bits.
template <Element T>
TestArray random_array(Random& random, Shape shape) {
  TestArray result({std::move(shape), dtype_of<T>()});
  for (T& value : result.values<T>()) {
    if constexpr (is_floating(dtype_of<T>())) {
      value = static_cast<T>(static_cast<double>(random() >> 8) / (1 << 23) - 1);
    } else {
      value = static_cast<T>(random() | std::uint64_t{random()} << 32);
    }
  }
  return result;
}

/// Runs the kernel over whole ranges, then over awkward pieces from last to first, and requires
/// the same bits of both.
template <class Attributes>
std::vector<TestArray> run_kernel(Kernel kernel, const std::vector<const TestArray*>& inputs,
                                  const std::vector<TensorSpec>& outputs,
                                  const Attributes& attributes) {
  const ParallelFor whole = [](std::int64_t items, double, const RangeBody& body) {
    if (items > 0) body(0, items);
  };
  const ParallelFor in_pieces = [](std::int64_t items, double, const RangeBody& body) {
    for (std::int64_t end = items, piece = 1; end > 0; piece = piece * 3 % 7) {
      const std::int64_t begin = std::max<std::int64_t>(0, end - piece);
      body(begin, end);
      end = begin;
    }
  };
  std::vector<Array> input_arrays;
  for (const TestArray* input : inputs) input_arrays.push_back(input->array());
  const auto run = [&](const ParallelFor& parallel_for) {
    std::vector<TestArray> results(outputs.begin(), outputs.end());
    std::vector<Array> output_arrays;
    for (const TestArray& result : results) output_arrays.push_back(result.array());
    kernel({input_arrays, output_arrays, &attributes, parallel_for});
    return results;
  };
  std::vector<TestArray> results = run(whole);
  const std::vector<TestArray> again = run(in_pieces);
  for (std::size_t i = 0; i < results.size(); ++i) {
    REQUIRE(std::memcmp(results[i].array().data, again[i].array().data, results[i].bytes()) == 0);
  }
  return results;
}

}  // namespace linseed::test
