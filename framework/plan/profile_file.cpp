#include <linseed/framework/plan/profile_file_internal.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fmt/format.h>

#include <linseed/framework/core/error.h>
#include <linseed/framework/core/utf8_internal.h>
#include <linseed/framework/graph/cost.h>

namespace linseed {
namespace {

// Of the format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
constexpr std::string_view kHeader =
    "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
    "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"linseed\"}}";
constexpr std::string_view kEnd = "\n]}\n";

/// A string of JSON. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    const std::size_t length = length_of_character(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (length == 0) {
      result += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      result.append({'\\', text.front()});
    } else if (c < 0x20) {
      result += fmt::format("\\u{:04x}", c);
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return result + '"';
}

/// Microseconds, to the nanosecond.
std::string microseconds(std::int64_t nanoseconds) {
  return fmt::format("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000);
}

std::string specs_text(const Program& program, const std::vector<int>& values) {
  std::string text;
  for (const int value : values) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", program.spec(value));
  }
  return text;
}

/// What there is to know of a step.
std::string step_arguments(const ProfileEvent& event) {
  const Program& program = *event.program;
  const Program::Step& step = program.steps[static_cast<std::size_t>(event.step)];
  std::string text =
      fmt::format("\"step\":\"{} of {}\",\"module\":{},\"inputs\":{},\"outputs\":{}",
                  event.step + 1, program.steps.size(), json_string(to_string(*step.label)),
                  json_string(specs_text(program, step.inputs)),
                  json_string(specs_text(program, step.outputs)));
  if (!event.replica.empty()) text += ",\"replica\":" + json_string(event.replica);
  if (event.replicas > 1) text += fmt::format(",\"replicas\":{}", event.replicas);

  const Cost cost = cost_of(program, step);
  const double flops = cost.flops * static_cast<double>(event.replicas);
  const double bytes = cost.bytes * static_cast<double>(event.replicas);
  text += fmt::format(",\"flops\":{:.0f},\"bytes\":{:.0f}", flops, bytes);
  if (event.end == event.begin) return text;
  const auto time = static_cast<double>(event.end - event.begin);
  return text + fmt::format(",\"GF/s\":{:.4g},\"GB/s\":{:.4g}", flops / time, bytes / time);
}

std::string event_text(const ProfileEvent& event) {
  std::string name(event.name), category = "call", arguments;
  if (event.items > 0) {
    name = "part of " + name;
    category = "part";
    arguments = fmt::format("\"step\":\"{} of {}\",\"items\":{},\"of\":{}", event.step + 1,
                            event.program->steps.size(), event.items, event.all_items);
  } else if (event.program != nullptr) {
    category = "step";
    arguments = step_arguments(event);
  }
  return fmt::format(
      ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{},\"dur\":{},\"cat\":\"{}\",\"name\":{},"
      "\"args\":{{{}}}}}",
      event.track.number, microseconds(event.begin), microseconds(event.end - event.begin),
      category, json_string(name), arguments);
}

std::string thread_name(const Track& track) {
  return fmt::format(
      ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{0},\"name\":\"thread_name\","
      "\"args\":{{\"name\":\"{1} {0}\"}}}}",
      track.number, track.is_caller ? "caller" : "worker");
}

}  // namespace

ProfileFile::ProfileFile(const std::filesystem::path& path, std::size_t most_events)
    : name_(path.string()),
      file_(std::fopen(name_.c_str(), "wb"), &std::fclose),
      room_(most_events) {
  if (!file_ || !append(kHeader)) {
    throw IoError("profile: cannot write '{}': {}", name_, std::generic_category().message(errno));
  }
}

bool ProfileFile::append(std::string_view text) {
  std::FILE* const file = file_.get();
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
         std::fwrite(kEnd.data(), 1, kEnd.size(), file) == kEnd.size() && std::fflush(file) == 0 &&
         std::fseek(file, -static_cast<long>(kEnd.size()), SEEK_CUR) == 0;
}

void ProfileFile::end(std::string_view why) {
  fmt::print(stderr, "linseed: the profile '{}' ends here: {}\n", name_, why);
  file_.reset();
}

void ProfileFile::write(std::span<const ProfileEvent> events) {
  if (!file_ || events.empty()) return;
  const auto some = events.first(std::min(events.size(), room_));
  std::string text;
  for (const ProfileEvent& event : some) {
    if (tracks_.insert(event.track.number).second) text += thread_name(event.track);
    text += event_text(event);
  }
  room_ -= some.size();
  std::string why;
  if (some.size() < events.size()) {
    why =
        "it has all the events it may have; set ProfileOptions::most_events or "
        "LINSEED_PROFILE_EVENTS for more";
    text += fmt::format(
        ",\n{{\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":{},\"ts\":{},\"name\":\"the profile ends "
        "here: {}\"}}",
        events[some.size()].track.number, microseconds(events[some.size()].end), why);
  }
  if (!append(text)) return end(std::generic_category().message(errno));
  if (!why.empty()) end(why);
}

}  // namespace linseed
