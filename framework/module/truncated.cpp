#include <linseed/framework/module/truncated.h>

namespace linseed::nn {

std::vector<Tree> detail::outputs_at(const Collection& outputs, const std::string& path) {
  const Tree* list = outputs.as_dict().find(path);
  if (list == nullptr) {
    std::string known;
    for (const auto& [name, other] : outputs.as_dict()) known += " " + name;
    throw InvalidArgument("truncate_at: no module ran at \"{}\"; there are:{}", path, known);
  }
  std::vector<Tree> found;
  for (const auto& [index, output] : *list) found.push_back(output);
  return found;
}

}  // namespace linseed::nn
