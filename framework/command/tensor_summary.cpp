#include <linseed/framework/command/tensor_summary.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <linseed/framework/report/elements_internal.h>

namespace linseed::command {

TensorSummary summarise(const Tensor& tensor) {
  TensorSummary summary;
  double sum = 0, squares = 0;
  std::int64_t finite = 0;
  for_each_element(tensor, [&](double x) {
    if (!std::isfinite(x)) {
      ++summary.non_finite;
      return;
    }
    summary.min = finite == 0 ? x : std::min(summary.min, x);
    summary.max = finite == 0 ? x : std::max(summary.max, x);
    sum += x;
    squares += x * x;
    ++finite;
  });
  summary.norm = std::sqrt(squares);
  if (finite > 0) summary.mean = sum / static_cast<double>(finite);
  return summary;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (!(a.spec() == b.spec())) return false;
  const std::size_t bytes = static_cast<std::size_t>(a.size()) * size_of(a.dtype());
  return bytes == 0 || std::memcmp(a.raw_data(), b.raw_data(), bytes) == 0;
}

}  // namespace linseed::command
