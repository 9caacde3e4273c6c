#include <linseed/framework/graph/node.h>

#include <algorithm>
#include <cstring>

#include <linseed/framework/graph/trace.h>

namespace linseed {
namespace {

std::atomic<std::int64_t> nodes_alive{0};

struct PlaceholderAttributes {
  std::string transformation;

  bool operator==(const PlaceholderAttributes&) const = default;
};

bool is_computed_in_float32(const Primitive& primitive, std::span<const TensorSpec> inputs) {
  return !primitive.takes_halves && !primitive.shares_buffer &&
         std::any_of(inputs.begin(), inputs.end(),
                     [](const TensorSpec& input) { return is_half(input.dtype); });
}

/// Halves are for storage: widened, computed with, and rounded once to the types `outputs`.
std::vector<Tensor> apply_in_float32(const Primitive& primitive, std::vector<Tensor> inputs,
                                     Attributes attributes, std::span<const TensorSpec> outputs) {
  for (Tensor& input : inputs) {
    if (is_half(input.dtype())) input = astype(input, float32);
  }
  auto results = apply_all(primitive, std::move(inputs), std::move(attributes));
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i] = astype(results[i], outputs[i].dtype);
  }
  return results;
}

}  // namespace

Node::Node() { nodes_alive.fetch_add(1, std::memory_order_relaxed); }

Node::~Node() {
  nodes_alive.fetch_sub(1, std::memory_order_relaxed);
  // Whatever only this node keeps alive is taken apart here, in a loop instead of by recursion.
  std::vector<Tensor> pending = std::move(inputs);
  while (!pending.empty()) {
    Tensor last = std::move(pending.back());
    pending.pop_back();
    if (!last.defined() || last.node().use_count() > 1) continue;
    auto& nested = last.node()->inputs;
    std::move(nested.begin(), nested.end(), std::back_inserter(pending));
    nested.clear();
  }
}

std::int64_t Node::count() { return nodes_alive.load(std::memory_order_relaxed); }

std::vector<Tensor> apply_all(const Primitive& primitive, std::vector<Tensor> inputs,
                              Attributes attributes) {
  std::vector<TensorSpec> specs;
  specs.reserve(inputs.size());
  for (const Tensor& input : inputs) {
    if (!input.defined()) {
      throw InvalidArgument("{}: operand {} is an undefined Tensor", primitive.name, specs.size());
    }
    specs.push_back(input.spec());
  }

  auto types = primitive.type(specs, attributes);
  for (const TensorSpec& output : types) check_sizes(output);
  if (is_computed_in_float32(primitive, specs)) {
    return apply_in_float32(primitive, std::move(inputs), std::move(attributes), types);
  }

  auto node = std::make_shared<Node>();
  node->outputs = std::move(types);
  node->primitive = &primitive;
  node->attributes = std::move(attributes);
  node->label = LabelScope::current();
  for (const Tensor& input : inputs) {
    const Node& source = *input.node();
    node->trace_level = std::max(node->trace_level, source.trace_level);
    if (!input.is_evaluated()) node->depth = std::max(node->depth, source.depth + 1);
  }
  node->inputs = std::move(inputs);

  std::vector<Tensor> outputs;
  for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) outputs.emplace_back(node, i);
  if (node->depth > kEvaluationDepth && node->trace_level == 0) evaluate_tensors(outputs);
  return outputs;
}

Tensor apply(const Primitive& primitive, std::vector<Tensor> inputs, Attributes attributes) {
  return apply_all(primitive, std::move(inputs), std::move(attributes)).front();
}

Tensor constant(BufferPtr buffer, TensorSpec spec) {
  auto node = std::make_shared<Node>();
  node->outputs.push_back(std::move(spec));
  node->buffers.push_back(std::move(buffer));
  node->evaluated.store(true, std::memory_order_release);
  return Tensor(std::move(node), 0);
}

Tensor placeholder(TensorSpec spec, std::string transformation) {
  check_sizes(spec);
  auto node = std::make_shared<Node>();
  node->outputs.push_back(std::move(spec));
  node->attributes = PlaceholderAttributes{std::move(transformation)};
  node->trace_level = std::max(TraceLevel::current(), 1);
  return Tensor(std::move(node), 0);
}

std::mutex& inputs_mutex() {
  static std::mutex mutex;
  return mutex;
}

void drop_inputs(Node& node) {
  std::vector<Tensor> dropped;  // taken apart after the lock
  const std::scoped_lock lock(inputs_mutex());
  dropped.swap(node.inputs);
}

std::string traced_by(const Tensor& tensor) {
  const Node* node = tensor.node().get();
  while (node->primitive != nullptr) {
    const auto traced = std::find_if(node->inputs.begin(), node->inputs.end(),
                                     [](const Tensor& input) { return input.is_traced(); });
    node = traced->node().get();
  }
  return node->attributes.as<PlaceholderAttributes>().transformation;
}

const TensorSpec& Tensor::spec() const {
  if (!node_) throw InvalidArgument("tensor: this Tensor is undefined: it was never assigned");
  return node_->outputs[static_cast<std::size_t>(output_)];
}

bool Tensor::is_traced() const { return node_ && node_->trace_level > 0; }

bool Tensor::is_evaluated() const {
  return node_ && node_->evaluated.load(std::memory_order_acquire);
}

Tensor Tensor::copy_of(const void* values, std::size_t count, TensorSpec spec) {
  check_sizes(spec);
  if (static_cast<std::int64_t>(count) != spec.shape.size()) {
    throw InvalidArgument("from: {} values do not fill shape {}, which has {}", count, spec.shape,
                          spec.shape.size());
  }
  auto buffer = std::make_shared<Buffer>(count * size_of(spec.dtype));
  if (count > 0) std::memcpy(buffer->data(), values, buffer->bytes());
  return constant(std::move(buffer), std::move(spec));
}

const void* Tensor::raw_data() const {
  if (!is_evaluated()) {
    spec();  // complains of an undefined tensor
    if (is_traced()) {
      throw InvalidArgument(
          "tensor: the value of this {} is not known while {} traces the function; use linseed's "
          "operations (where, maximum, …) instead of reading it, or read it outside of {}",
          spec(), traced_by(*this), traced_by(*this));
    }
    evaluate_tensors(std::span(this, 1));
  }
  return node_->buffers[static_cast<std::size_t>(output_)]->data();
}

const void* Tensor::only_element() const {
  if (size() != 1)
    throw InvalidArgument("item: the tensor has {} elements, not one: {}", size(), spec());
  return raw_data();
}

void Tensor::check_dtype(DType wanted) const {
  if (wanted != dtype()) {
    throw InvalidArgument("data: read as {}, but the tensor is {}; convert it with astype first",
                          wanted, spec());
  }
}

Scalar::Scalar(Tensor tensor) : tensor_(std::move(tensor)), is_tensor_(true) {
  if (tensor_.ndim() != 0) {
    throw InvalidArgument("scalar: a number or a 0-d tensor was expected, got {}", tensor_.spec());
  }
}

}  // namespace linseed
