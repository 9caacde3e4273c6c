#include <linseed/framework/io/match_internal.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed::io {
namespace {

std::string describe_part(const std::string& path, bool is_tensor, const TensorSpec& spec) {
  const std::string shown = path.empty() ? "(all)" : path;
  return is_tensor ? shown + ' ' + to_string(spec) : shown + "/";
}

struct Comparison {
  std::vector<Match> matches;
  std::vector<std::string> missing, unexpected, shapes, dtypes, kinds;

  bool fits() const {
    return missing.empty() && unexpected.empty() && shapes.empty() && dtypes.empty() &&
           kinds.empty();
  }

  void list_missing(const State& target, const std::string& path);
  void list_unexpected(const StoredState& stored, const std::string& path);
  void compare(const StoredState& stored, const State& target, const std::string& path);
  void compare_tensors(const StoredState& stored, const Tensor& target, const std::string& path);
};

/// The tensors of a part; the part itself if it is empty.
void Comparison::list_missing(const State& target, const std::string& path) {
  if (target.parts.empty()) {
    const TensorSpec spec = target.is_tensor() ? target.tensor.spec() : TensorSpec{};
    missing.push_back(describe_part(path, target.is_tensor(), spec));
  }
  for (const auto& [name, part] : target.parts) list_missing(part, join_path(path, name));
}

void Comparison::list_unexpected(const StoredState& stored, const std::string& path) {
  if (stored.parts.empty()) {
    unexpected.push_back(describe_part(path, stored.is_tensor(), stored.spec));
  }
  for (const auto& [name, part] : stored.parts) list_unexpected(part, join_path(path, name));
}

void Comparison::compare_tensors(const StoredState& stored, const Tensor& target,
                                 const std::string& path) {
  const TensorSpec& wanted = target.spec();
  if (stored.spec.shape != wanted.shape) {
    shapes.push_back(fmt::format("{}: {}, the target has {}", path, to_string(stored.spec.shape),
                                 to_string(wanted.shape)));
  }
  if (stored.spec.dtype != wanted.dtype) {
    dtypes.push_back(fmt::format("{}: {}, the target has {}", path, name(stored.spec.dtype),
                                 name(wanted.dtype)));
  }
  matches.push_back({path, &stored});
}

void Comparison::compare(const StoredState& stored, const State& target, const std::string& path) {
  if (stored.is_tensor() && target.is_tensor()) {
    return compare_tensors(stored, target.tensor, path);
  }
  if (stored.is_tensor() != target.is_tensor()) {
    kinds.push_back(fmt::format("{}: a {}, the target has a {}", path.empty() ? "(all)" : path,
                                stored.is_tensor() ? "tensor" : "container",
                                target.is_tensor() ? "tensor" : "container"));
    return;
  }
  std::unordered_map<std::string_view, const StoredState*> by_name;
  for (const auto& [part_name, part] : stored.parts) by_name.emplace(part_name, &part);
  std::unordered_set<std::string_view> wanted;
  for (const auto& [part_name, part] : target.parts) {
    const std::string part_path = join_path(path, part_name);
    if (!wanted.insert(part_name).second) {
      throw InvalidArgument("checkpoint: two parts of the target are named '{}'", part_path);
    }
    const auto found = by_name.find(part_name);
    if (found == by_name.end()) {
      list_missing(part, part_path);
    } else {
      compare(*found->second, part, part_path);
    }
  }
  for (const auto& [part_name, part] : stored.parts) {
    if (!wanted.contains(part_name)) list_unexpected(part, join_path(path, part_name));
  }
}

void append(std::string& text, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text += fmt::format("\n  {}:", title);
  for (const std::string& line : lines) text += "\n    " + line;
}

Comparison compare(const StoredState& stored, const State& target) {
  Comparison comparison;
  comparison.compare(stored, target, "");
  return comparison;
}

/// The path of a sub-tree of `stored` that fits `target`; none for a single tensor, which too much
/// would fit.
std::string find_fitting(const StoredState& stored, const State& target, const std::string& path) {
  if (target.is_tensor() || target.parts.empty()) return {};
  for (const auto& [name, part] : stored.parts) {
    if (part.is_tensor()) continue;
    const std::string part_path = join_path(path, name);
    if (compare(part, target).fits()) return part_path;
    if (auto below = find_fitting(part, target, part_path); !below.empty()) return below;
  }
  return {};
}

}  // namespace

const StoredState& find_part(const StoredState& stored, std::string_view at,
                             const std::string& who) {
  const StoredState* part = &stored;
  for (std::string_view rest = at; !rest.empty();) {
    const std::string_view escaped = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), escaped.size() + 1));
    const StoredState* found = nullptr;
    std::string known;
    for (const auto& [name, child] : part->parts) {
      const std::string candidate = escape_name(name);
      if (candidate == escaped) found = &child;
      known += (known.empty() ? "" : ", ") + candidate;
    }
    if (found == nullptr) {
      throw InvalidArgument("{} has no '{}' (looking for '{}'); known names: {}", who, escaped, at,
                            known.empty() ? "none" : known);
    }
    part = found;
  }
  return *part;
}

std::vector<Match> match(const StoredState& stored, const State& target, const std::string& who) {
  Comparison comparison = compare(stored, target);
  if (comparison.fits()) return std::move(comparison.matches);
  std::string text;
  append(text, "missing from the file", comparison.missing);
  append(text, "in the file, but not in the target", comparison.unexpected);
  append(text, "another shape in the file", comparison.shapes);
  append(text, "another dtype in the file", comparison.dtypes);
  append(text, "another kind in the file", comparison.kinds);
  if (const std::string at = find_fitting(stored, target, ""); !at.empty()) {
    text += fmt::format("\nIts part '{}' would fit: restore with .at = \"{}\".", at, at);
  }
  throw InvalidArgument("{} is of another model than the target:{}", who, text);
}

}  // namespace linseed::io
