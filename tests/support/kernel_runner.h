// Calls a kernel directly, twice: on the whole range of its loops, and on awkward pieces of it in
// reversed order. Both must write the same bits.
#pragma once

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <vector>

#include <linseed/framework/core/buffer.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::test {

/// A tensor's values in a test. Copies share them.
class HostArray final {
 public:
  explicit HostArray(TensorSpec spec)
      : spec_(std::move(spec)),
        buffer_(std::make_shared<Buffer>(size_of(spec_.dtype) *
                                         static_cast<std::size_t>(spec_.shape.size()))) {}

  const Shape& shape() const { return spec_.shape; }
  DType dtype() const { return spec_.dtype; }
  Array array() const { return {buffer_->data(), spec_.shape, spec_.dtype}; }

  void fill_bytes(int byte) { std::memset(buffer_->data(), byte, buffer_->bytes()); }
  bool has_same_bits(const HostArray& other) const {
    return buffer_->bytes() == 0 ||
           std::memcmp(buffer_->data(), other.buffer_->data(), buffer_->bytes()) == 0;
  }

  template <Element T>
  T& at(std::int64_t i) const {
    return static_cast<T*>(buffer_->data())[i];
  }
  template <Element T>
  std::vector<T> values() const {
    std::vector<T> result;
    for (std::int64_t i = 0; i < spec_.shape.size(); ++i) result.push_back(at<T>(i));
    return result;
  }

 private:
  TensorSpec spec_;
  std::shared_ptr<Buffer> buffer_;
};

/// Element i is f(i).
template <Element T, class F>
HostArray generate(Shape shape, F f) {
  HostArray result({std::move(shape), dtype_of<T>()});
  for (std::int64_t i = 0; i < result.shape().size(); ++i) {
    result.at<T>(i) = static_cast<T>(f(i));
  }
  return result;
}

template <Element T>
HostArray array_of(Shape shape, const std::vector<T>& values) {
  REQUIRE(shape.size() == static_cast<std::int64_t>(values.size()));
  return generate<T>(std::move(shape),
                     [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; });
}

template <Element T>
HostArray vector_of(const std::vector<T>& values) {
  return array_of<T>({static_cast<std::int64_t>(values.size())}, values);
}

inline void run_whole_range(std::int64_t items, double, const RangeBody& body) {
  if (items > 0) body(0, items);
}

/// Pieces of 1, 3, 2, 1, 3, 2, … items, the last one first.
inline void run_reversed_pieces(std::int64_t items, double, const RangeBody& body) {
  constexpr std::int64_t kSizes[] = {1, 3, 2};
  std::vector<std::int64_t> cuts{0};
  while (cuts.back() < items) {
    cuts.push_back(std::min(items, cuts.back() + kSizes[(cuts.size() - 1) % 3]));
  }
  for (std::size_t i = cuts.size() - 1; i > 0; --i) body(cuts[i - 1], cuts[i]);
}

struct NoAttributes {};

template <class Attributes = NoAttributes>
std::vector<HostArray> run_kernel(Kernel kernel, const std::vector<HostArray>& inputs,
                                  const std::vector<TensorSpec>& outputs,
                                  const Attributes& attributes = {}) {
  const auto run = [&](const ParallelFor& parallel_for, int poison) {
    std::vector<HostArray> results;
    std::vector<Array> in, out;
    for (const TensorSpec& spec : outputs) results.emplace_back(spec).fill_bytes(poison);
    for (const HostArray& input : inputs) in.push_back(input.array());
    for (const HostArray& result : results) out.push_back(result.array());
    kernel({in, out, &attributes, parallel_for});
    return results;
  };
  // Two poisons: an element that a kernel forgets to write differs between the runs.
  std::vector<HostArray> whole = run(run_whole_range, 0x00);
  const std::vector<HostArray> pieces = run(run_reversed_pieces, 0xff);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    INFO("output " << i << " depends on how the loops are cut, or is not wholly written");
    REQUIRE(whole[i].has_same_bits(pieces[i]));
  }
  return whole;
}

/// For kernels with one output.
template <class Attributes = NoAttributes>
HostArray run_one(Kernel kernel, const std::vector<HostArray>& inputs, const TensorSpec& output,
                  const Attributes& attributes = {}) {
  return run_kernel(kernel, inputs, {output}, attributes)[0];
}

/// Where, in a tensor of `shape` that broadcasts to `output`, the element of output place i is.
inline std::int64_t broadcast_place(const Shape& shape, const Shape& output, std::int64_t i) {
  std::int64_t place = 0, stride = 1;
  for (int d = output.ndim() - 1, k = shape.ndim() - 1; k >= 0; --d, --k) {
    if (shape[k] != 1) place += i % output[d] * stride;
    stride *= shape[k];
    i /= output[d];
  }
  return place;
}

}  // namespace linseed::test
