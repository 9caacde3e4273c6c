// Tensor: the handle through which everything else speaks of numbers.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/core.h>

#include <linseed/framework/core/dtype.h>
#include <linseed/framework/core/error.h>
#include <linseed/framework/core/shape.h>

namespace linseed {

struct Node;

/// An immutable, multi-dimensional array of one element type: output `output` of a node of the
/// lazily built graph. Copying a Tensor copies the handle. Operations build nodes and compute
/// nothing; `evaluate`, or reading a value, computes. Shape and dtype are known at once.
///
/// A traced tensor stands for a value that is not there yet: an argument of a function under `jit`,
/// an input of `init_by_shape`, or anything computed from one. Reading it is InvalidArgument.
///
/// There is no `==`: compare elements with `equal`, or read the values.
class Tensor {
 public:
  /// No tensor. Everything but `defined()` and assignment is an error.
  Tensor() = default;

  /// A 0-d tensor of the C++ type's dtype: `Tensor(1.5f)` is float32, `Tensor(3)` int32.
  template <class T>
  requires(std::is_arithmetic_v<T> || Element<T>) explicit Tensor(T value);

  /// Output `output` of `node`; for those who build graphs.
  Tensor(std::shared_ptr<Node> node, int output) : node_(std::move(node)), output_(output) {}

  /// A copy of `values`, row-major. InvalidArgument if their number is not `shape.size()`.
  template <Element T>
  static Tensor from(std::span<const T> values, Shape shape) {
    return copy_of(values.data(), values.size(), {std::move(shape), dtype_of<T>()});
  }
  template <Element T>
  static Tensor from(std::initializer_list<T> values, Shape shape) {
    return from(std::span<const T>(values.begin(), values.size()), std::move(shape));
  }
  template <Element T>
  requires(!std::same_as<T, bool>) static Tensor from(const std::vector<T>& values, Shape shape) {
    return from(std::span<const T>(values), std::move(shape));
  }

  bool defined() const { return node_ != nullptr; }

  const TensorSpec& spec() const;
  const Shape& shape() const { return spec().shape; }
  DType dtype() const { return spec().dtype; }
  int ndim() const { return shape().ndim(); }
  std::int64_t size() const { return shape().size(); }
  /// Size of one dimension; -1 is the last.
  std::int64_t dim(int axis) const { return shape()[resolve_axis(axis, ndim(), "dim")]; }

  /// True if the value depends on an argument that has no value yet.
  bool is_traced() const;
  /// True if the value has been computed and reading it costs nothing.
  bool is_evaluated() const;

  /// The only element, converted to T as by astype. Evaluates. InvalidArgument if there is not
  /// exactly one.
  template <Element T>
  T item() const {
    const void* element = only_element();
    return visit_dtype(dtype(), [&](auto zero) {
      return convert_element<T>(*static_cast<const decltype(zero)*>(element));
    });
  }

  /// All elements, row-major; valid while this tensor (or a copy) lives. Evaluates.
  /// InvalidArgument if T is not the dtype's C++ type.
  template <Element T>
  std::span<const T> data() const {
    check_dtype(dtype_of<T>());
    return {static_cast<const T*>(raw_data()), static_cast<std::size_t>(size())};
  }

  /// The first byte of the elements. Evaluates.
  const void* raw_data() const;

  const std::shared_ptr<Node>& node() const { return node_; }
  int output() const { return output_; }

 private:
  static Tensor copy_of(const void* values, std::size_t count, TensorSpec spec);
  const void* only_element() const;
  void check_dtype(DType wanted) const;

  std::shared_ptr<Node> node_;
  int output_ = 0;
};

template <class T>
requires(std::is_arithmetic_v<T> || Element<T>) Tensor::Tensor(T value) {
  using Stored = std::conditional_t<
      Element<T>, T,
      std::conditional_t<std::is_floating_point_v<T>, double,
                         std::conditional_t<(sizeof(T) > 4), std::int64_t, std::int32_t>>>;
  const Stored stored = static_cast<Stored>(value);
  *this = copy_of(&stored, 1, {{}, dtype_of<Stored>()});
}

/// The values as NumPy prints them, shortened beyond 1,000 elements. Evaluates; a traced tensor
/// prints its spec.
std::string to_string(const Tensor& tensor);

/// A number or a 0-d tensor: what a learning rate or another hyper-parameter may be.
class Scalar {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Scalar(T value) : number_(static_cast<double>(value)) {}
  /// InvalidArgument if `tensor` is not 0-d.
  Scalar(Tensor tensor);

  bool is_tensor() const { return is_tensor_; }
  double number() const { return number_; }
  const Tensor& tensor() const { return tensor_; }
  Tensor& tensor() { return tensor_; }

 private:
  double number_ = 0;
  Tensor tensor_;
  bool is_tensor_ = false;  // stays true while a transformation has taken the tensor out
};

}  // namespace linseed

template <>
struct fmt::formatter<linseed::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const linseed::Tensor& tensor, Context& context) const {
    return fmt::formatter<std::string_view>::format(linseed::to_string(tensor), context);
  }
};
