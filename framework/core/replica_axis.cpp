#include <linseed/framework/core/replica_axis.h>

#include <cstring>

namespace linseed {

std::int64_t replica_out_of_step(const Tensor& x) {
  const std::int64_t replicas = x.dim(0);
  if (x.size() == 0) return 0;
  const auto bytes = static_cast<std::size_t>(x.size() / replicas) * size_of(x.dtype());
  const auto* const first = static_cast<const std::byte*>(x.raw_data());
  for (std::int64_t r = 1; r < replicas; ++r) {
    if (std::memcmp(first, first + static_cast<std::size_t>(r) * bytes, bytes) != 0) return r;
  }
  return 0;
}

}  // namespace linseed
