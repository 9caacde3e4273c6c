#include <linseed/framework/io/best_checkpoint.h>

#include <cmath>

#include <linseed/framework/io/names_internal.h>

namespace linseed::io {

bool is_best(const std::filesystem::path& directory, double value, const BestOptions& options) {
  if (std::isnan(value)) return false;
  if (!latest_step(directory, options.prefix)) return true;
  const double best =
      restore_checkpoint(directory, Tensor(0.0), {.at = "value", .prefix = options.prefix})
          .value.item<double>();
  return options.higher_is_better ? value > best : value < best;
}

std::map<std::string, Exported> functions_of_part(std::map<std::string, Exported> functions,
                                                  std::string_view name) {
  const std::string part = join_path("", name);
  for (auto& [key, function] : functions) {
    for (auto& read : function.state) read.name = read.name.empty() ? part : part + '/' + read.name;
    for (auto& result : function.results) {  // "" is a tensor of no state
      if (!result.name.empty()) result.name = part + '/' + result.name;
    }
  }
  return functions;
}

}  // namespace linseed::io
