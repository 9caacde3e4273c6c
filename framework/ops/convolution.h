// Convolution over two spatial dimensions.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// How a window meets the border: by name, or by zeros (before, after) for each spatial dimension.
///   VALID  no padding
///   SAME   out = ⌈size / stride⌉; total = max((out − 1) · stride + window − size, 0), the smaller
///          half before
class Padding {
 public:
  using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

  /// "SAME" or "VALID"; InvalidArgument otherwise.
  Padding(const char* name);
  Padding(std::string_view name);
  Padding(Pairs pairs) : pairs_(std::move(pairs)), kind_(Kind::pairs) {}
  Padding(std::initializer_list<std::pair<std::int64_t, std::int64_t>> pairs)
      : Padding(Pairs(pairs)) {}

  /// The zeros (before, after) along a spatial dimension; `who` begins the error messages.
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

/// Cross-correlation, channels last:
///   y[n,i,j,f] = Σ_{p,q,c} x[n, i·s₀ + p − before₀, j·s₁ + q − before₁, c] · kernel[p,q,c,f]
/// x [n,h,w,c], kernel [kh,kw,c,f] -> y [n,oh,ow,f], oh = ⌊(h + before + after − kh) / s₀⌋ + 1.
Tensor convolution(const Tensor& x, const Tensor& kernel, std::array<std::int64_t, 2> strides,
                   const Padding& padding);

}  // namespace linseed
