// What loops demand of what they carry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// InvalidArgument unless all tensors are defined.
void check_defined(const std::vector<Tensor>& tensors, std::string_view who);

/// InvalidArgument unless a run returns the types it was given; `names` are for the message.
void check_carry(std::string_view who, const std::vector<Tensor>& before,
                 const std::vector<Tensor>& after, const std::vector<std::string>& names);

}  // namespace linseed
