#include <linseed/modules/dense_general.h>

#include <algorithm>

#include <fmt/ranges.h>

#include <linseed/framework/ops/create.h>
#include <linseed/framework/ops/einsum.h>
#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {
namespace {

/// The dimensions of x by what becomes of them.
struct Roles {
  std::vector<int> batch;
  std::vector<int> contracted;
  std::vector<int> free;

  Roles(const DenseGeneral& options, const Tensor& x) : batch(options.batch_dims) {
    for (const int axis : options.axis) {
      contracted.push_back(resolve_axis(axis, x.ndim(), "dense_general"));
    }
    check(x);
    for (int i = 0; i < x.ndim(); ++i) {
      if (!contains(batch, i) && !contains(contracted, i)) free.push_back(i);
    }
  }

 private:
  static bool contains(const std::vector<int>& dims, int dim) {
    return std::ranges::count(dims, dim) > 0;
  }

  void check(const Tensor& x) const {
    for (int i = 0; i < static_cast<int>(batch.size()); ++i) {
      if (!contains(batch, i) || i >= x.ndim()) {
        throw InvalidArgument(
            "dense_general: batch_dims {} have to be consecutive leading dimensions, starting at "
            "0; x "
            "is {}",
            batch, x.spec());
      }
    }
    for (const int axis : contracted) {
      if (std::ranges::count(contracted, axis) > 1) {
        throw InvalidArgument("dense_general: axis {} of {} is named twice", axis, x.spec());
      }
      if (contains(batch, axis)) {
        throw InvalidArgument("dense_general: axis {} of {} is one of batch_dims {}", axis,
                              x.spec(), batch);
      }
    }
  }
};

/// The sizes of some dimensions of x.
Shape sizes_of(const Tensor& x, const std::vector<int>& dims) {
  Shape sizes;
  for (const int dim : dims) sizes.push_back(x.dim(dim));
  return sizes;
}

Shape joined(const Shape& a, const Shape& b) {
  Shape both = a;
  for (const std::int64_t size : b) both.push_back(size);
  return both;
}

/// A parameter made of one of shape `flat` for each of `count` batch elements.
Tensor parameter(std::string_view name, const Shape& shape, const Shape& flat,
                 const Initializer& initializer) {
  return param(name, shape, [&](const Tensor& key, const Shape&) {
    if (shape.size() == 0) return zeros(shape);
    std::vector<Tensor> parts;
    for (std::int64_t i = 0; i < shape.size() / flat.size(); ++i) {
      parts.push_back(initializer(key, flat));
    }
    return reshape(concatenate(parts, 0), shape);
  });
}

/// As einsum writes it, a letter for each dimension of x and each of the features.
std::string equation_of(const Tensor& x, const Roles& roles, const Shape& features) {
  const auto letter = [](int i) { return static_cast<char>(i < 26 ? 'a' + i : 'A' + (i - 26)); };
  const auto letters = [&](const std::vector<int>& dims) {
    std::string text;
    for (const int dim : dims) text += letter(dim);
    return text;
  };
  std::string all, made;
  for (int i = 0; i < x.ndim(); ++i) all += letter(i);
  for (int i = 0; i < features.ndim(); ++i) made += letter(x.ndim() + i);
  const std::string batch = letters(roles.batch);
  return all + "," + batch + letters(roles.contracted) + made + "->" + batch + letters(roles.free) +
         made;
}

}  // namespace

Tensor DenseGeneral::apply(const Tensor& x) const {
  for (const int number : features) check_positive(number, "dense_general", "features");
  const Roles roles(*this, x);
  const Shape made(std::vector<std::int64_t>(features.begin(), features.end()));
  const Shape batch = sizes_of(x, roles.batch);
  const Shape summed = sizes_of(x, roles.contracted);
  const Tensor kernel = parameter("kernel", joined(joined(batch, summed), made),
                                  {summed.size(), made.size()}, kernel_init);
  const Tensor y = einsum(equation_of(x, roles, made), astype(x, dtype), astype(kernel, dtype));
  if (!bias) return y;
  const Tensor added = parameter("bias", joined(batch, made), {made.size()}, bias_init);
  const Shape ones_between(std::vector<std::int64_t>(roles.free.size(), 1));
  return y + reshape(astype(added, dtype), joined(joined(batch, ones_between), made));
}

}  // namespace linseed::nn
