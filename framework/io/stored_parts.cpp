#include <algorithm>

#include <linseed/framework/core/error.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed::io {

State dictionary() {
  State state;
  state.kind = tree::Kind::dict;
  return state;
}

StatePart tensor_part(std::string_view name, const Tensor& tensor) {
  StatePart part{std::string(name), {}};
  part.state.tensor = tensor;
  return part;
}

StatePart list_part(std::string_view name, const std::vector<Tensor>& tensors) {
  StatePart list{std::string(name), {}};
  list.state.kind = tree::Kind::list;
  for (const Tensor& tensor : tensors) {
    list.state.parts.push_back(tensor_part(std::to_string(list.state.parts.size()), tensor));
  }
  return list;
}

StatePart text_part(std::string_view name, std::string_view text) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return tensor_part(name, Tensor::from(bytes, {static_cast<std::int64_t>(bytes.size())}));
}

std::string read_text(const StoredState& tensor, const std::string& file, const std::string& name) {
  check_bytes(tensor, file, name);
  return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

std::string StoredParts::text(std::string_view name) const {
  const StoredState& stored = find(name);
  if (!stored.is_tensor() || stored.spec.dtype != uint8) fail(name);
  return read_text(stored, file_, join_path(path_, name));
}

std::vector<Tensor> StoredParts::tensors(std::string_view name) const {
  std::vector<Tensor> result;
  for (const auto& [number, stored] : find(name).parts) {
    if (!stored.is_tensor()) fail(name);
    result.push_back(read_tensor(stored, file_, join_path(join_path(path_, name), number)));
  }
  return result;
}

StoredParts StoredParts::part(std::string_view name) const {
  return {find(name), file_, join_path(path_, name), what_};
}

std::vector<std::string> StoredParts::names() const {
  std::vector<std::string> names;
  for (const StoredPart& part : state_.parts) names.push_back(part.name);
  return names;
}

const StoredState& StoredParts::find(std::string_view name) const {
  const auto found = std::find_if(state_.parts.begin(), state_.parts.end(),
                                  [&](const auto& part) { return part.name == name; });
  if (found == state_.parts.end()) fail(name);
  return found->state;
}

void StoredParts::fail(std::string_view name) const {
  throw DataCorruption("{}: it holds no {}: /{} is missing or of another kind", file_, what_,
                       join_path(path_, name));
}

}  // namespace linseed::io
