#include <linseed/framework/core/error.h>

namespace linseed {

void Error::add_module_path(std::string_view module_path) {
  if (has_module_path_) return;
  has_module_path_ = true;
  message_.append("; in ").append(module_path);
}

}  // namespace linseed
