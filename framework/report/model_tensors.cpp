#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/model_tensors_internal.h>

namespace linseed::page {

ModelTensor model_tensor_at(std::string_view path) {
  const std::vector<std::string> names = io::split_path(path);
  if (names.size() < 2) return {};
  const std::string& entry = names[names.size() - 2];
  if (entry.starts_with('/')) return {entry, names.back(), true, {}};
  auto name = std::find(names.begin(), names.end() - 1, "params");
  if (name == names.end() - 1 || std::ranges::count(names, "param_states") > 0) return {};
  std::string module;
  while (++name != names.end() - 1) module += '/' + *name;
  return {module.empty() ? "/" : module, names.back(), false, {}};
}

std::vector<ModelTensor> model_tensors(const io::State& state) {
  std::vector<ModelTensor> tensors;
  std::set<std::tuple<std::string, std::string, bool>> known;
  for (const auto& [path, tensor] : io::named_tensors(state)) {
    ModelTensor own = model_tensor_at(path);
    if (own.name.empty() || !tensor.defined()) continue;
    if (!known.emplace(own.module, own.name, own.is_state).second) continue;
    own.tensor = tensor;
    tensors.push_back(std::move(own));
  }
  return tensors;
}

std::int64_t count_params(const std::vector<ModelTensor>& tensors) {
  std::int64_t count = 0;
  for (const ModelTensor& own : tensors) count += own.is_state ? 0 : own.tensor.size();
  return count;
}

}  // namespace linseed::page
