// How a window meets the border of what it slides over: what convolution and pooling share.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/core/shape.h>

namespace linseed {

/// How a window meets the border: by name, or by zeros (before, after) for each spatial dimension,
/// neither of them negative; to leave elements at the border out, slice x.
///   VALID  no padding
///   SAME   out = ⌈size / stride⌉; total = max((out − 1) · stride + window − size, 0), the smaller
///          half before
class Padding {
 public:
  using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

  /// A number would be a null pointer, if it is 0: write {{0, 0}} for each dimension, or "VALID".
  Padding(std::nullptr_t) = delete;
  template <std::integral T>
  Padding(T) = delete;
  /// "SAME" or "VALID"; InvalidArgument otherwise.
  Padding(const char* name);
  Padding(std::string_view name);
  Padding(Pairs pairs) : pairs_(std::move(pairs)), kind_(Kind::pairs) {}
  Padding(std::initializer_list<std::pair<std::int64_t, std::int64_t>> pairs)
      : Padding(Pairs(pairs)) {}

  /// The zeros (before, after) along a spatial dimension; `who` begins the error messages. A
  /// dilated window counts with its gaps: (k − 1) · dilation + 1.
  std::pair<std::int64_t, std::int64_t> resolve(int spatial_dim, std::int64_t size,
                                                std::int64_t window, std::int64_t stride,
                                                std::string_view who) const;
  /// InvalidArgument if pairs were given, but not one for each of the spatial dimensions.
  void check_spatial_dims(int spatial_dims, std::string_view who) const;

  bool operator==(const Padding&) const = default;

 private:
  enum class Kind { same, valid, pairs };
  Pairs pairs_;
  Kind kind_;
};

}  // namespace linseed
