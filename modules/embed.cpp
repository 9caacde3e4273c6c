#include <linseed/modules/embed.h>

#include <linseed/framework/ops/indexing.h>
#include <linseed/framework/ops/matmul.h>
#include <linseed/framework/ops/movement.h>
#include <linseed/modules/positive_internal.h>

namespace linseed::nn {

Tensor Embed::apply(const Tensor& x) const {
  if (!is_integer(x.dtype())) {
    throw InvalidArgument("embed: numbers of rows have to be (signed or unsigned) integers, got {}",
                          x.spec());
  }
  check_positive(num_embeddings, "embed", "num_embeddings");
  check_positive(features, "embed", "features");
  return take(param("embedding", {num_embeddings, features}, embedding_init), x, 0);
}

Tensor Embed::attend(const Tensor& query) const {
  return matmul(query, transpose(get_param("embedding")));
}

}  // namespace linseed::nn
