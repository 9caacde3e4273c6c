#include <linseed/framework/io/best_checkpoint.h>

#include <cmath>

namespace linseed::io {

bool is_best(const std::filesystem::path& directory, double value, const BestOptions& options) {
  if (std::isnan(value)) return false;
  if (!latest_step(directory, options.prefix)) return true;
  const double best =
      restore_checkpoint(directory, Tensor(0.0), {.at = "value", .prefix = options.prefix})
          .value.item<double>();
  return options.higher_is_better ? value > best : value < best;
}

}  // namespace linseed::io
