// The row: everything linseed knows about one operation.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <linseed/framework/core/tensor.h>
#include <linseed/framework/graph/attributes.h>

namespace linseed {

struct JointCall;
struct KernelCall;
namespace kernels {
struct ElementwiseLoop;
struct LoopTypes;
}  // namespace kernels
struct Program;
struct ReplicaAxis;

/// One differentiable application of a primitive, as its derivative rule sees it.
/// Given the cotangents of the outputs, the rule returns the cotangents of the inputs.
class Backward {
 public:
  Backward(const Attributes& attributes, std::span<const Tensor> inputs,
           std::span<const Tensor> outputs, std::span<const Tensor> cotangents,
           std::span<const bool> needed)
      : attributes_(attributes),
        inputs_(inputs),
        outputs_(outputs),
        cotangents_(cotangents),
        needed_(needed) {}

  int input_count() const { return static_cast<int>(needed_.size()); }
  const Tensor& input(int i) const { return inputs_[static_cast<std::size_t>(i)]; }
  const Tensor& output(int i = 0) const { return outputs_[static_cast<std::size_t>(i)]; }
  /// The cotangent of output `i`; undefined if nothing downstream depends on it.
  const Tensor& cotangent(int i = 0) const { return cotangents_[static_cast<std::size_t>(i)]; }
  /// False if nobody asks for the cotangent of input `i`: its place may stay undefined.
  bool needs(int i) const { return needed_[static_cast<std::size_t>(i)]; }
  const Attributes& attributes() const { return attributes_; }

 private:
  const Attributes& attributes_;
  std::span<const Tensor> inputs_;
  std::span<const Tensor> outputs_;
  std::span<const Tensor> cotangents_;
  std::span<const bool> needed_;
};

/// How attributes of one type are written as text and read back; see attribute_text.h.
struct AttributeText {
  std::string (*write)(const Attributes& attributes);
  /// InvalidArgument for a text that `write` would not write.
  Attributes (*read)(std::string_view text);
};

/// A primitive operation. One constant of this type, with all rules side by side, is all there is
/// to define; nothing else in linseed switches on which primitive a node has.
struct Primitive {
  std::string_view name;

  /// Its attributes as text, for people and for replay: `&attribute_text<PadAttributes>`. Null if
  /// it has none, or programs.
  const AttributeText* attributes = nullptr;

  /// The outputs' shapes and dtypes. Throws InvalidArgument, in the user's terms, for inputs that
  /// break a rule.
  std::vector<TensorSpec> (*type)(std::span<const TensorSpec> inputs, const Attributes& attributes);

  /// Computes the outputs. Null if `shares_buffer`, or if there is a joint kernel.
  void (*kernel)(const KernelCall& call) = nullptr;
  /// Element-wise operations: the loop inside of the kernel (kernels/elementwise_loop.h), so that a
  /// pass can put several into one kernel. Null for all others.
  kernels::ElementwiseLoop (*loop)(const kernels::LoopTypes& types) = nullptr;
  /// Computes the outputs of several replicas at once: of those along `axis`, or of all that meet
  /// in its programs.
  void (*joint_kernel)(const JointCall& call) = nullptr;
  /// The arithmetic operations of the kernel, for a profile: a multiply-add is 2. Null if it has
  /// one for each element of its largest tensor; none if it only moves elements (`takes_halves`),
  /// shares its memory or has no inputs; or, if it runs programs, theirs on all replicas.
  double (*flops)(std::span<const TensorSpec> inputs, std::span<const TensorSpec> outputs,
                  const Attributes& attributes) = nullptr;

  /// The cotangents of the inputs, written with ops; undefined tensors stand for zero.
  /// Null if there is none, and then `no_derivative` says why.
  std::vector<Tensor> (*derivative)(const Backward& backward) = nullptr;
  std::string_view no_derivative = {};

  /// The programs in its attributes; a joint kernel finds them, ready to run, in its call. Null if
  /// none.
  std::vector<const Program*> (*programs)(const Attributes& attributes) = nullptr;
  /// The axis of replicas that its programs run along, or else that it exchanges values along. Null
  /// if none.
  const ReplicaAxis& (*axis)(const Attributes& attributes) = nullptr;

  /// For derivatives its outputs do not depend on its inputs: no cotangent goes past it.
  bool stops_derivatives = false;
  /// The output has the elements of input 0 in the same order, so it is the same memory.
  bool shares_buffer = false;
  /// The kernel takes bfloat16 and float16 as they are: it only moves elements, or leaves them to a
  /// program. Any other is given float32, and its results are rounded to what `type` says.
  bool takes_halves = false;
  /// An output may be written over an input of the same type that nobody reads afterwards.
  bool in_place = false;
};

/// The primitive of that name, or null. Declared here for those below the ops, whose table has it.
const Primitive* find_primitive(std::string_view name);

}  // namespace linseed
