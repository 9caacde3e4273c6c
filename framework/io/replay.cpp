#include <linseed/framework/io/replay.h>

#include <algorithm>
#include <array>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/image_reader_internal.h>
#include <linseed/framework/io/names_internal.h>

namespace linseed {
namespace {

using io::State;
using io::StatePart;
using io::StoredState;

constexpr std::string_view kTexts[] = {"op", "attributes", "module_path", "place"};
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 30;

/// The texts of a step in the order of kTexts. S may be const.
template <class S>
auto texts_of(S& step) {
  return std::array{&step.op, &step.attributes, &step.module_path, &step.place};
}

StatePart part(std::string_view name, const Tensor& tensor) {
  StatePart result{std::string(name), {}};
  result.state.tensor = tensor;
  return result;
}

StatePart part(std::string_view name, const std::vector<Tensor>& tensors) {
  StatePart list{std::string(name), {}};
  list.state.kind = tree::Kind::list;
  for (const Tensor& tensor : tensors) {
    list.state.parts.push_back(part(std::to_string(list.state.parts.size()), tensor));
  }
  return list;
}

State state_of(const RecordedStep& step) {
  State state;
  state.kind = tree::Kind::dict;
  const auto texts = texts_of(step);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(texts[i]->data()),
                          texts[i]->size());
    const Shape shape{static_cast<std::int64_t>(bytes.size())};
    state.parts.push_back(part(kTexts[i], Tensor::from(bytes, shape)));
  }
  state.parts.push_back(part("inputs", step.inputs));
  state.parts.push_back(part("outputs", step.outputs));
  return state;
}

/// The parts of a file that a step was written to.
class Parts {
 public:
  Parts(const StoredState& state, std::string file) : state_(state), file_(std::move(file)) {}

  std::string text(std::string_view name) const {
    const StoredState& stored = find(name);
    if (!stored.is_tensor() || stored.spec.dtype != uint8) fail(name);
    const Tensor tensor = io::read_tensor(stored, file_, std::string(name));
    const auto bytes = tensor.data<std::uint8_t>();
    return std::string(bytes.begin(), bytes.end());
  }

  std::vector<Tensor> tensors(std::string_view name) const {
    std::vector<Tensor> result;
    for (const auto& [number, stored] : find(name).parts) {
      if (!stored.is_tensor()) fail(name);
      result.push_back(io::read_tensor(stored, file_, io::join_path(std::string(name), number)));
    }
    return result;
  }

 private:
  const StoredState& find(std::string_view name) const {
    const auto found = std::find_if(state_.parts.begin(), state_.parts.end(),
                                    [&](const auto& one) { return one.name == name; });
    if (found == state_.parts.end()) fail(name);
    return found->state;
  }

  [[noreturn]] void fail(std::string_view name) const {
    throw DataCorruption("{}: it holds no recorded step: /state/{} is missing or of another kind",
                         file_, name);
  }

  const StoredState& state_;
  std::string file_;
};

const Primitive& primitive_of(const RecordedStep& step, const std::string& file) {
  const Primitive* primitive = find_primitive(step.op);
  if (primitive == nullptr) {
    throw NotSupported("replay: '{}' holds a step of '{}', an operation this build does not have",
                       file, step.op);
  }
  if (primitive->programs != nullptr) {
    throw NotSupported(
        "replay: '{}' holds a step of {}, which runs a program that is not in the file; read_step "
        "gives its inputs and outputs",
        file, step.op);
  }
  if (primitive->joint_kernel != nullptr) {
    throw NotSupported(
        "replay: '{}' holds one replica's part of {}, which takes those of all; read_step gives "
        "its "
        "inputs and outputs",
        file, step.op);
  }
  return *primitive;
}

}  // namespace

std::filesystem::path write_step(const RecordedStep& step, const std::filesystem::path& directory) {
  io::FileSystem files;
  const std::filesystem::path path = directory.empty() ? "." : directory;
  const io::Directory target(files, path, true);
  const io::ImageInfo info{.uuid = io::random_uuid()};
  const io::Image image = io::write_image(state_of(step), info);
  for (int number = 1;; ++number) {
    const std::string name = fmt::format("not_finite_{}_{}", step.op, number);
    if (std::filesystem::exists(path / name)) continue;
    try {
      io::write_file(target, name, image, info, false);
      return path / name;
    } catch (const IoError&) {
      if (!std::filesystem::exists(path / name)) throw;  // else another process was faster
    }
  }
}

RecordedStep read_step(const std::filesystem::path& file) {
  io::FileSystem files;
  const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
  io::FileBytes bytes;
  if (!io::Directory(files, parent, false).read(file.filename().string(), kMostBytes, bytes)) {
    throw IoError("replay: there is no file '{}'", file.string());
  }
  io::check_payload(bytes.span(), file.string());
  const io::StoredImage image = io::read_image(bytes.span(), file.string());
  const Parts parts(image.state, file.string());
  RecordedStep step;
  const auto texts = texts_of(step);
  for (std::size_t i = 0; i < texts.size(); ++i) *texts[i] = parts.text(kTexts[i]);
  step.inputs = parts.tensors("inputs");
  step.outputs = parts.tensors("outputs");
  return step;
}

RecordedStep replay(const std::filesystem::path& file) {
  RecordedStep step = read_step(file);
  const Primitive& primitive = primitive_of(step, file.string());
  Attributes attributes;
  if (primitive.attributes != nullptr) attributes = primitive.attributes->read(step.attributes);
  step.outputs = allow_non_finite([&] { return apply_all(primitive, step.inputs, attributes); });
  evaluate_tensors(step.outputs);
  return step;
}

}  // namespace linseed
