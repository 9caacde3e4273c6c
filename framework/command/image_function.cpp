#include <linseed/framework/command/image_function.h>

#include <array>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>

namespace linseed::command {

ImageFunction::ImageFunction(const CheckpointFile& file, const std::string& name) {
  const auto found = file.functions.find(name);
  if (found == file.functions.end()) {
    throw NotSupported(
        "'{}' holds no function \"{}\": save it with the state, .functions = {{{{\"{}\", "
        "export_function(…)}}}}",
        file.path.string(), name, name);
  }
  const Exported& function = found->second;
  const bool takes_images =
      function.arguments.size() == 1 && function.arguments[0].shape.ndim() == 4 &&
      function.arguments[0].dtype == float32 && function.arguments[0].shape.size() > 0;
  if (!takes_images) {
    throw NotSupported("\"{}\" of '{}' does not take images [batch, height, width, channels]", name,
                       file.path.string());
  }
  images_ = function.arguments[0];
  results_ = function.results;
  const auto plan = jit([function](const std::vector<Tensor>& state, const Tensor& images) {
    return function.call(state, std::array{images});
  });
  run_ = [plan, state = state_for(function, file.state)](const Tensor& images) {
    return plan(state, images);
  };
}

std::vector<std::string> class_names(const std::string& config, std::int64_t count) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(config, nullptr, false);
  if (json.is_object() && json.contains("classes") && json["classes"].is_array()) {
    for (const auto& each : json["classes"]) {
      names.push_back(each.is_string() ? each.get<std::string>() : each.dump());
    }
  }
  while (static_cast<std::int64_t>(names.size()) < count) {
    names.push_back(std::to_string(names.size()));
  }
  return names;
}

}  // namespace linseed::command
