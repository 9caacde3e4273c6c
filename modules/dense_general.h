// The fully connected layer over any axes.
#pragma once

#include <initializer_list>
#include <vector>

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// One number or several, in an order that counts: 3, {2, 2}. A field of it must be given.
class OneOrMore {
 public:
  OneOrMore() = delete;
  OneOrMore(int number) : numbers_{number} {}
  OneOrMore(std::initializer_list<int> numbers) : numbers_(numbers) {}
  explicit OneOrMore(std::vector<int> numbers) : numbers_(std::move(numbers)) {}

  auto begin() const { return numbers_.begin(); }
  auto end() const { return numbers_.end(); }

 private:
  std::vector<int> numbers_;
};

/// Affine map from some axes of x to new ones; over the last axis it is Dense, initial values
/// included.
///   y = Σ over `axis` of x · kernel + bias
///   x [...] -> y: the sizes of batch_dims, of the other axes of x in their order, and `features`
///   params: "kernel" [batch…, sizes of `axis` in the order given, features…];
///           "bias" [batch…, features…] if `bias`
/// For each element of the `batch_dims`, which lead, there is a kernel and a bias of its own; but
/// each is initialised from the same key, so with a random initialiser they all begin alike.
/// The bias is added along the features of y, whichever `axis` was contracted.
/// Initialisers see kernels as [∏ sizes of axis, ∏ features] and biases as [∏ features].
/// Computes in `dtype`, to which x and the parameters are converted.
///   DenseGeneral{.features = {8, 64}}(x)                  [n, length, 512] -> [n, length, 8, 64]
///   DenseGeneral{.features = 512, .axis = {-2, -1}}(y)    and back
struct DenseGeneral final : Module<DenseGeneral> {
  OneOrMore features;
  OneOrMore axis = -1;
  std::vector<int> batch_dims = {};
  bool bias = true;
  DType dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();

  /// InvalidArgument: `batch_dims` that are not 0, 1, … in some order; an axis out of range, named
  /// twice, or among the batch dimensions; fewer than 1 feature.
  Tensor apply(const Tensor& x) const;
};

}  // namespace linseed::nn
