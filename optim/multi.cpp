#include <linseed/optim/multi.h>

namespace linseed::optim {

bool everything(std::string_view, const Tensor&) { return true; }

bool decays(std::string_view path, const Tensor&) {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return name != "bias" && name != "scale";
}

}  // namespace linseed::optim
