#include <linseed/framework/io/replay.h>

#include <algorithm>
#include <array>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/node.h>
#include <linseed/framework/io/checkpoint_internal.h>
#include <linseed/framework/io/stored_parts_internal.h>

namespace linseed {
namespace {

using io::State;

constexpr std::string_view kTexts[] = {"op", "attributes", "module_path", "place"};

/// The texts of a step in the order of kTexts. S may be const.
template <class S>
auto texts_of(S& step) {
  return std::array{&step.op, &step.attributes, &step.module_path, &step.place};
}

State state_of(const RecordedStep& step) {
  State state = io::dictionary();
  const auto texts = texts_of(step);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    state.parts.push_back(io::text_part(kTexts[i], *texts[i]));
  }
  state.parts.push_back(io::list_part("inputs", step.inputs));
  state.parts.push_back(io::list_part("outputs", step.outputs));
  return state;
}

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
  const io::FileBytes bytes = io::read_whole(file, RestoreOptions().size_limit);
  const io::StoredImage image = io::examine(bytes.span(), file.string());
  const io::StoredParts parts(image.state, file.string(), "state", "recorded step");
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
