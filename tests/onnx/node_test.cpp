#include <linseed/tests/onnx/node_test.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <protozero/pbf_message.hpp>

#include <linseed/framework/ops/elementwise.h>

namespace linseed::test::onnx {
namespace {

// The fields that are read here, numbered as in onnx.proto.
enum class ModelField : protozero::pbf_tag_type { graph = 7 };
enum class GraphField : protozero::pbf_tag_type { node = 1 };
enum class NodeField : protozero::pbf_tag_type {
  input = 1,
  output = 2,
  op_type = 4,
  attribute = 5
};
enum class AttributeField : protozero::pbf_tag_type { name = 1, f = 2, i = 3, s = 4, ints = 8 };
enum class TensorField : protozero::pbf_tag_type { dims = 1, data_type = 2, name = 8, raw = 9 };

struct Node {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;
};

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("{} cannot be read", path.string()));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::pair<std::string, Attribute> read_attribute(protozero::pbf_message<AttributeField> message) {
  std::string name;
  Attribute attribute;
  while (message.next()) {
    switch (message.tag()) {
      case AttributeField::name: name = message.get_string(); break;
      case AttributeField::f: attribute.number = message.get_float(); break;
      case AttributeField::i: attribute.integer = message.get_int64(); break;
      case AttributeField::s: attribute.text = message.get_bytes(); break;
      case AttributeField::ints: attribute.integers.push_back(message.get_int64()); break;
      default: message.skip();
    }
  }
  return {name, attribute};
}

Node read_node(protozero::pbf_message<NodeField> message) {
  Node node;
  while (message.next()) {
    switch (message.tag()) {
      case NodeField::input: node.inputs.push_back(message.get_string()); break;
      case NodeField::output: node.outputs.push_back(message.get_string()); break;
      case NodeField::op_type: node.op = message.get_string(); break;
      case NodeField::attribute:
        node.attributes.insert(read_attribute(message.get_message()));
        break;
      default: message.skip();
    }
  }
  return node;
}

/// The nodes of a model, without constants: those are empty stand-ins for inputs left out.
std::vector<Node> read_nodes(const std::string& bytes) {
  std::vector<Node> nodes;
  protozero::pbf_message<ModelField> model(bytes);
  while (model.next(ModelField::graph)) {
    protozero::pbf_message<GraphField> graph(model.get_message());
    while (graph.next(GraphField::node)) {
      Node node = read_node(graph.get_message());
      if (node.op != "Constant") nodes.push_back(std::move(node));
    }
  }
  return nodes;
}

template <class T>
Tensor from_bytes(std::string_view bytes, const Shape& shape) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return Tensor::from(std::span<const T>(numbers), shape);
}

/// The numbers of onnx.proto's TensorProto.DataType.
Tensor from_bytes(int data_type, std::string_view bytes, const Shape& shape) {
  switch (data_type) {
    case 1: return from_bytes<float>(bytes, shape);
    case 2: return from_bytes<std::uint8_t>(bytes, shape);
    case 6: return from_bytes<std::int32_t>(bytes, shape);
    case 7: return from_bytes<std::int64_t>(bytes, shape);
    case 9: return not_equal(from_bytes<std::uint8_t>(bytes, shape), 0);  // bool, a byte each
    case 11: return from_bytes<double>(bytes, shape);
    default: throw std::runtime_error(fmt::format("elements of type {} are not read", data_type));
  }
}

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

NamedTensor read_tensor(const std::filesystem::path& path) {
  const std::string file = read(path);
  protozero::pbf_message<TensorField> message(file);
  NamedTensor result;
  Shape shape;
  int data_type = 0;
  std::string bytes;
  while (message.next()) {
    switch (message.tag()) {
      case TensorField::dims: shape.push_back(message.get_int64()); break;
      case TensorField::data_type: data_type = message.get_int32(); break;
      case TensorField::name: result.name = message.get_string(); break;
      case TensorField::raw: bytes = message.get_bytes(); break;
      default: throw std::runtime_error(path.string() + ": a tensor not kept as raw bytes");
    }
  }
  result.tensor = from_bytes(data_type, bytes, shape);
  return result;
}

/// The tensors of prefix_0.pb, prefix_1.pb, … in `folder`, in the order of `names`.
std::vector<Tensor> read_tensors(const std::filesystem::path& folder, const std::string& prefix,
                                 const std::vector<std::string>& names) {
  std::vector<Tensor> tensors(names.size());
  for (int i = 0; std::filesystem::exists(folder / fmt::format("{}_{}.pb", prefix, i)); ++i) {
    const auto [name, tensor] = read_tensor(folder / fmt::format("{}_{}.pb", prefix, i));
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) throw std::runtime_error(folder.string() + ": no such name: " + name);
    tensors[static_cast<std::size_t>(at - names.begin())] = tensor;
  }
  return tensors;
}

const Attribute* find(const NodeTest& test, const std::string& name) {
  const auto found = test.attributes.find(name);
  return found == test.attributes.end() ? nullptr : &found->second;
}

}  // namespace

float NodeTest::number(const std::string& attribute, float otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found ? found->number : otherwise;
}

std::int64_t NodeTest::integer(const std::string& attribute, std::int64_t otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found ? found->integer : otherwise;
}

std::string NodeTest::text(const std::string& attribute, const std::string& otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found ? found->text : otherwise;
}

std::vector<std::int64_t> NodeTest::integers(const std::string& attribute,
                                             const std::vector<std::int64_t>& otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found ? found->integers : otherwise;
}

std::vector<NodeTest> read_node_tests(const std::filesystem::path& root,
                                      const std::vector<std::string_view>& ops) {
  std::vector<NodeTest> tests;
  for (const auto& folder : std::filesystem::directory_iterator(root)) {
    const std::string name = folder.path().filename().string();
    if (name.ends_with("_expanded")) continue;
    std::vector<Node> nodes = read_nodes(read(folder.path() / "model.onnx"));
    const bool is_wanted = std::any_of(nodes.begin(), nodes.end(), [&](const Node& node) {
      return std::find(ops.begin(), ops.end(), node.op) != ops.end();
    });
    if (!is_wanted) continue;
    if (nodes.size() != 1) throw std::runtime_error(name + ": more than one node");
    const std::filesystem::path data = folder.path() / "test_data_set_0";
    Node& node = nodes.front();
    tests.push_back({name, node.op, std::move(node.attributes),
                     read_tensors(data, "input", node.inputs),
                     read_tensors(data, "output", node.outputs)});
  }
  std::sort(tests.begin(), tests.end(),
            [](const NodeTest& a, const NodeTest& b) { return a.name < b.name; });
  return tests;
}

}  // namespace linseed::test::onnx
