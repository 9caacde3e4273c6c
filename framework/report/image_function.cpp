#include <linseed/framework/report/image_function_internal.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>
#include <linseed/framework/plan/evaluate.h>
#include <linseed/framework/plan/jit.h>

namespace linseed {
namespace {

const Exported& function_of(const CheckpointFile& file, const std::string& name) {
  const auto found = file.functions.find(name);
  if (found != file.functions.end()) return found->second;
  const auto unreadable = file.unreadable.find(name);
  if (unreadable != file.unreadable.end()) throw NotSupported("{}", unreadable->second);
  throw NotSupported(
      "'{}' holds no function \"{}\": save it with the state, SaveOptions::functions = {{{{\"{}\", "
      "export_function(…)}}}}",
      file.path.string(), name, name);
}

}  // namespace

ImageFunction::ImageFunction(const Exported& function, std::vector<Tensor> state)
    : results_(function.results) {
  const bool takes_images =
      function.arguments.size() == 1 && function.arguments[0].shape.ndim() == 4 &&
      function.arguments[0].dtype == float32 && function.arguments[0].shape.size() > 0;
  if (!takes_images) {
    throw NotSupported(
        "the function takes {}; images [batch, height, width, channels] float32, and these alone, "
        "are expected",
        function.arguments.empty() ? "nothing" : to_string(function.arguments[0]));
  }
  images_ = function.arguments[0];
  const auto plan = jit([function](const std::vector<Tensor>& tensors, const Tensor& images) {
    return function.call(tensors, std::array{images});
  });
  run_ = [plan, state = std::move(state)](const Tensor& images) { return plan(state, images); };
}

ImageFunction::ImageFunction(const CheckpointFile& file, const std::string& name)
    : ImageFunction(function_of(file, name), state_for(function_of(file, name), file.state)) {}

std::int64_t ImageFunction::class_count() const {
  const bool is_one = results_.size() == 1;
  const TensorSpec spec = is_one ? results_[0].spec : TensorSpec{};
  if (spec.shape.ndim() == 2 && spec.shape[0] == batch() && spec.shape[1] > 0 &&
      spec.dtype == float32) {
    return spec.shape[1];
  }
  throw NotSupported("the function returns {} for {}; logits [batch, classes] are expected",
                     is_one ? to_string(spec) : fmt::format("{} results", results_.size()),
                     images_);
}

std::vector<double> log_softmax(std::span<const float> logits) {
  const auto greatest = std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - *greatest);
  if (!std::isfinite(sum)) return {};  // NaN, or infinities alone
  std::vector<double> result;
  for (const float logit : logits) {
    result.push_back(static_cast<double>(logit) - *greatest - std::log(sum));
  }
  return result;
}

std::vector<std::string> class_names(const nlohmann::ordered_json& settings) {
  std::vector<std::string> names;
  if (settings.is_object() && settings.contains("classes") && settings["classes"].is_array()) {
    for (const auto& each : settings["classes"]) {
      names.push_back(each.is_string() ? each.get<std::string>() : each.dump());
    }
  }
  return names;
}

void complete_class_names(std::vector<std::string>& names, std::size_t count) {
  while (names.size() < count) names.push_back(std::to_string(names.size()));
  names.resize(count);
}

}  // namespace linseed
