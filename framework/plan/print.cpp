#include <linseed/framework/plan/print.h>

#include <algorithm>
#include <limits>

namespace linseed {
namespace {

std::string list(const Plan& plan, const std::vector<int>& values) {
  constexpr std::string_view kPlaces[] = {"input", "output", "arena"};
  std::string text;
  for (const int value : values) {
    const int id = plan.storage_of[static_cast<std::size_t>(value)];
    const Plan::Storage& storage = plan.storages[static_cast<std::size_t>(id)];
    text += fmt::format("{}%{}:{}+{}", text.empty() ? "" : ", ", value,
                        kPlaces[static_cast<std::size_t>(storage.place)], storage.index);
  }
  return text;
}

void write(const Plan& plan, const PrintOptions& options, const std::string& indent,
           std::string& text) {
  text += fmt::format("{}arena {} bytes\n", indent, plan.arena_bytes);
  const auto show = [&](std::size_t i) {
    const Program::Step& step = plan.program.steps[i];
    text += fmt::format("{}{} = {} {}{}\n", indent, list(plan, step.outputs), step.primitive->name,
                        list(plan, step.inputs), detail::step_suffix(plan.program, step));
    const auto nested = plan.nested.find(static_cast<int>(i));
    if (nested == plan.nested.end()) return;
    for (const Plan& inner : nested->second.plans) write(inner, options, indent + "  ", text);
  };
  detail::for_shown_steps(plan.program.steps.size(), options, show, [&](std::size_t left_out) {
    text += fmt::format("{}… {} more steps …\n", indent, left_out);
  });
}

std::string summary(const Plan& plan) {
  std::size_t bytes = 0;
  for (const Plan::OutputBuffer& output : plan.output_buffers) bytes += output.bytes;
  const auto& outputs = plan.output_buffers;
  const auto donated = std::count_if(outputs.begin(), outputs.end(),
                                     [](const auto& output) { return output.donor >= 0; });
  const std::size_t count = plan.program.steps.size();
  return fmt::format(
      "{} step{}{}{}; arena {} bytes, outputs {} in {} buffer{}, {} of them over inputs\n", count,
      count == 1 ? "" : "s", count == 0 ? "" : ": ", detail::count_of_ops(plan.program),
      plan.arena_bytes, bytes, outputs.size(), outputs.size() == 1 ? "" : "s", donated);
}

}  // namespace

std::string to_string(const Plan& plan) {
  std::string text;
  write(plan, {.most_steps = std::numeric_limits<std::size_t>::max()}, "", text);
  return text;
}

std::string describe(const Plan& plan, const PrintOptions& options) {
  if (options.dot) return describe(plan.program, options);
  std::string text;
  write(plan, options, "", text);
  return text + summary(plan);
}

void print_plan(const Plan& plan, const PrintOptions& options, std::FILE* to) {
  fmt::print(to, "{}", describe(plan, options));
}

}  // namespace linseed
