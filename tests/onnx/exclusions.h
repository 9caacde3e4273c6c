// The node tests that linseed does not pass, each with the reason.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace linseed::test::onnx {

inline const std::map<std::string, std::string_view> kExcluded{
    {"test_adam_multiple",
     "its numbers were made with ε = 0.01, but its model leaves the default 1e-6"},
    {"test_einsum_batch_diagonal", "linseed's einsum has no ellipsis"},
    {"test_maxpool_2d_dilations", "linseed's pools have no dilation, as Flax's"},
};

}  // namespace linseed::test::onnx
