// What the layers that slide a kernel share.
#pragma once

#include <functional>
#include <string_view>

#include <linseed/framework/core/tensor.h>

namespace linseed::nn {

/// f of x [n, spatial…, c], with as many spatial dimensions as `kernel_size` has sizes; or of one
/// example [spatial…, c] as a batch of one, which is taken out of the result again.
/// InvalidArgument, beginning with `who`, for an x of another rank, and for a `kernel_size` of
/// other than 1 to 3 sizes, each at least 1.
Tensor over_examples(const Tensor& x, const Shape& kernel_size, std::string_view who,
                     const std::function<Tensor(const Tensor&)>& f);

/// kernel_size + [in, out].
Shape kernel_shape(const Shape& kernel_size, std::int64_t in, std::int64_t out);

}  // namespace linseed::nn
