// The node tests that the ONNX project publishes: a model of one node, its inputs, and the outputs
// that its authors' own implementation in NumPy gives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed::test::onnx {

/// A node's option: the field of its kind is set.
struct Attribute {
  float number = 0;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::int64_t> integers;
};

struct NodeTest {
  std::string name;  // of its folder: "test_conv_with_strides_padding"
  std::string op;    // "Conv"
  std::map<std::string, Attribute> attributes;
  std::vector<Tensor> inputs;  // in the node's order; an undefined one was left out
  std::vector<Tensor> outputs;

  /// The attribute, or what the operator takes if it is not given.
  float number(const std::string& attribute, float otherwise) const;
  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(const std::string& attribute,
                                     const std::vector<std::int64_t>& otherwise) const;

  bool has_input(std::size_t i) const { return i < inputs.size() && inputs[i].defined(); }
};

/// Those of the tests in the folders of `root` whose node is one of `ops`, by name. Tests named
/// "…_expanded", which write one operator in terms of others, are left out. std::runtime_error for
/// a file that cannot be read.
std::vector<NodeTest> read_node_tests(const std::filesystem::path& root,
                                      const std::vector<std::string_view>& ops);

}  // namespace linseed::test::onnx
