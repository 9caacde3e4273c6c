// Reverse accumulation: what grad, vjp and the derivatives of loops stand on.
#pragma once

#include <span>
#include <vector>

#include <linseed/framework/graph/program.h>

namespace linseed {

/// The cotangents of `leaves` for the cotangents of `outputs`, over the graph between them.
/// Undefined cotangents stand for zero, given and returned. NotSupported if a primitive on the way
/// has no derivative. A leaf is output 0 of a node that is no other leaf's.
std::vector<Tensor> pull_back(std::span<const Tensor> outputs, std::span<const Tensor> cotangents,
                              std::span<const Tensor> leaves);

/// The same for the outputs of `program` at `inputs`; inputs that are not `needed`, or not
/// floating, get none, and outputs that are not floating give none.
std::vector<Tensor> pull_back(const Program& program, std::span<const Tensor> inputs,
                              std::span<const Tensor> cotangents, const std::vector<bool>& needed);

/// `cotangent`, or zeros like `tensor` where it is undefined.
Tensor or_zeros(const Tensor& cotangent, const Tensor& tensor);

}  // namespace linseed
