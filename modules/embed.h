// Embedding: a vector for each of a number of things.
#pragma once

#include <linseed/framework/module/module.h>

namespace linseed::nn {

/// The rows of a table by their numbers, such as the vectors of words.
///   x [...] integer -> y [..., features] float32
///   params: "embedding" [num_embeddings, features], by default N(0, 1 / features)
/// Negative numbers count from the end; others out of range are clamped. The derivative adds each
/// cotangent to its row.
struct Embed final : Module<Embed> {
  Required<int> num_embeddings;
  Required<int> features;
  Initializer embedding_init = initializers::variance_scaling(
      1, initializers::Fan::in, initializers::Distribution::normal, 0, 0);

  /// InvalidArgument for an x that is not integer, and for fewer than 1 row or feature.
  Tensor apply(const Tensor& x) const;

  /// The product of each query with each row: how much it speaks for each of the things. Used for
  /// the logits of a network that shares the table of its inputs with its outputs (Press, Wolf,
  /// "Using the output embedding to improve language models", 2017).
  ///   query [..., features] -> y [..., num_embeddings]
  Tensor attend(const Tensor& query) const;
};

}  // namespace linseed::nn
