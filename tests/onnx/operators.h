// ONNX's operators in linseed's terms. ONNX puts channels first and says its options in its own
// words; what is computed is linseed's.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include <linseed/tests/onnx/node_test.h>

namespace linseed::test::onnx {

/// The outputs for a test's inputs. NotSupported for an option that linseed does not have.
using Operator = std::vector<Tensor> (*)(const NodeTest& test);
using Operators = std::map<std::string_view, Operator>;

Operators activation_operators();
Operators indexing_operators();
Operators loss_operators();
Operators normalization_operators();
Operators product_operators();
Operators resize_operators();
Operators rule_operators();
Operators window_operators();

/// [n,c,spatial…] -> [n,spatial…,c], and back.
Tensor channels_last(const Tensor& x);
Tensor channels_first(const Tensor& x);

}  // namespace linseed::test::onnx
