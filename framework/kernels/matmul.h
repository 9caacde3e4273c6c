// Batched matrix products.
#pragma once

#include <linseed/framework/core/fields.h>
#include <linseed/framework/kernels/kernel.h>

namespace linseed::kernels {

/// Whether a factor's last two dimensions are read exchanged.
struct MatmulAttributes {
  bool transpose_a = false;
  bool transpose_b = false;

  static constexpr auto tree =
      fields<&MatmulAttributes::transpose_a, &MatmulAttributes::transpose_b>;
  bool operator==(const MatmulAttributes&) const = default;
};

/// output[…,m,n] = Σ_k a[…,m,k] b[…,k,n]; both factors have ≥ 2 dimensions and their leading
/// dimensions broadcast to the output's. All dtypes but bool. K = 0 gives zeros.
void matmul(const KernelCall& call);

}  // namespace linseed::kernels
