#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include <linseed/framework/io/names_internal.h>
#include <linseed/framework/report/model_tensors_internal.h>

namespace linseed::page {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> names;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    names.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

std::string unescaped(std::string_view name) {
  return io::unescape_name(name).value_or(std::string(name));
}

/// What a tensor at `path` is called; without a name if it is no model's.
ModelTensor place_of(std::string_view path) {
  const auto names = split(path);
  if (names.size() < 2) return {};
  const std::string_view entry = names[names.size() - 2];
  if (entry.starts_with("%2F")) return {unescaped(entry), unescaped(names.back()), true, {}};
  auto name = std::find(names.begin(), names.end() - 1, "params");
  if (name == names.end() - 1 || std::ranges::count(names, "param_states") > 0) return {};
  std::string module;
  while (++name != names.end() - 1) module += '/' + unescaped(*name);
  return {module.empty() ? "/" : module, unescaped(names.back()), false, {}};
}

}  // namespace

std::vector<ModelTensor> model_tensors(const io::State& state) {
  std::vector<ModelTensor> tensors;
  std::set<std::tuple<std::string, std::string, bool>> known;
  for (const auto& [path, tensor] : io::named_tensors(state)) {
    ModelTensor own = place_of(path);
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
