#include <linseed/modules/group_norm.h>

#include <linseed/framework/ops/elementwise.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/normalization_internal.h>
#include <linseed/modules/normalize.h>

namespace linseed::nn {
namespace {

/// The channels of each group.
std::int64_t channels_per_group(const GroupNorm& options, const Tensor& x) {
  if (options.num_groups.has_value() == options.group_size.has_value()) {
    throw InvalidArgument(
        "group_norm: give either num_groups or group_size; with .group_size = 16 the default of "
        "the other has to go: .num_groups = {{}}");
  }
  const bool by_number = options.num_groups.has_value();
  const int given = by_number ? *options.num_groups : *options.group_size;
  const std::int64_t channels = x.dim(-1);
  if (given < 1 || channels % given != 0) {
    throw InvalidArgument("group_norm: {} channels do not divide into groups, {} {}; x {}",
                          channels, by_number ? "num_groups is" : "group_size is", given, x.spec());
  }
  return by_number ? channels / given : given;
}

}  // namespace

Tensor GroupNorm::apply(const Tensor& x) const {
  const Tensor values = normalization_input(x, epsilon, dtype, "group_norm");
  const int last = x.ndim() - 1;
  if (last < 1) {
    throw InvalidArgument("group_norm: x [n,...,channels] was expected, got {}", x.spec());
  }
  const std::int64_t size = channels_per_group(*this, x);
  Shape grouped = x.shape();
  grouped[last] = x.dim(-1) / size;
  grouped.push_back(size);
  std::vector<int> reduced;  // all but the batch and the groups
  for (int i = 1; i < last; ++i) reduced.push_back(i);
  reduced.push_back(last + 1);

  const Tensor y = normalize(reshape(values, grouped), Axes(reduced), {}, {}, epsilon);
  Shape parameter(std::vector<std::int64_t>(static_cast<std::size_t>(x.ndim()), 1));
  parameter[last] = x.dim(-1);
  const Affine affine{scale, bias, scale_init, bias_init};
  return astype(
      scale_and_shift(reshape(y, x.shape()), affine, parameter, parameter, values.dtype()), dtype);
}

}  // namespace linseed::nn
