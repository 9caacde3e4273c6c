#include <linseed/framework/plan/check_finite.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>

#include <linseed/framework/graph/node.h>
#include <linseed/framework/plan/check_finite_internal.h>

namespace linseed {
namespace {

bool default_check() {
  const char* text = std::getenv("LINSEED_CHECK_FINITE");
  if (text == nullptr || std::string_view(text) == "0") return false;
  if (std::string_view(text) == "1") return true;
  throw InvalidArgument("LINSEED_CHECK_FINITE: 0 or 1 was expected, got '{}'", text);
}

std::atomic<bool>& is_on() {
  static std::atomic<bool> on = default_check();
  return on;
}

std::mutex options_mutex;
CheckFiniteOptions chosen_options;
int files_written = 0;  // since they were chosen

std::filesystem::path directory_of_files() {
  const std::scoped_lock lock(options_mutex);
  if (!chosen_options.directory.empty()) return chosen_options.directory;
  const char* text = std::getenv("LINSEED_CHECK_FINITE_DIR");
  return text == nullptr || *text == '\0' ? "." : text;
}

/// Why a step whose tensors have so many bytes is not written; "" if it is, which counts.
std::string reason_not_to_write(std::size_t bytes) {
  const std::scoped_lock lock(options_mutex);
  const CheckFiniteOptions& options = chosen_options;
  if (bytes > options.most_bytes) {
    return fmt::format("its tensors have {} bytes, and .most_bytes is {}", bytes,
                       options.most_bytes);
  }
  if (files_written >= options.most_files) {
    return fmt::format("{} have been, and .most_files is {}", files_written, options.most_files);
  }
  ++files_written;
  return "";
}

/// What is said of the elements of an array.
struct Range {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  std::int64_t nans = 0;
  std::int64_t infinities = 0;
  std::int64_t first = -1;  // place of the first that is not finite

  std::int64_t not_finite() const { return nans + infinities; }
};

Range range_of(const Array& array) {
  Range range;
  visit_dtype(array.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* elements = array.as<T>();
    for (std::int64_t i = 0; i < array.size(); ++i) {
      const double x = convert_element<double>(elements[i]);
      if (std::isfinite(x)) {
        range.least = std::min(range.least, x);
        range.greatest = std::max(range.greatest, x);
        continue;
      }
      ++(std::isnan(x) ? range.nans : range.infinities);
      if (range.first < 0) range.first = i;
    }
  });
  return range;
}

/// The quick form of the same, for arrays that are finite: x − x is 0 for those only.
bool is_finite(const Array& array) {
  if (!is_floating(array.dtype)) return true;
  return visit_dtype(array.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* elements = array.as<T>();
    bool finite = true;
    for (std::int64_t i = 0; i < array.size(); ++i) {
      const double x = convert_element<double>(elements[i]);
      finite &= x - x == 0;
    }
    return finite;
  });
}

std::size_t bytes_of(const Array& array) {
  return static_cast<std::size_t>(array.size()) * size_of(array.dtype);
}

/// Inputs as they were before a step that may write over them.
class KeptInputs {
 public:
  explicit KeptInputs(const KernelCall& call) : arrays_(call.inputs.begin(), call.inputs.end()) {
    for (Array& input : arrays_) {
      if (!is_written_over(input, call.outputs)) continue;
      copies_.push_back(std::make_unique<Buffer>(bytes_of(input)));
      std::memcpy(copies_.back()->data(), input.data, bytes_of(input));
      // An Array holds a reference to its shape, so it is made anew instead of assigned.
      std::construct_at(&input, Array{copies_.back()->data(), input.shape, input.dtype});
    }
  }

  std::span<const Array> arrays() const { return arrays_; }

 private:
  static bool is_written_over(const Array& input, std::span<const Array> outputs) {
    return input.size() > 0 &&
           std::any_of(outputs.begin(), outputs.end(),
                       [&](const Array& output) { return output.data == input.data; });
  }

  std::vector<Array> arrays_;
  std::vector<std::unique_ptr<Buffer>> copies_;
};

std::vector<Tensor> copies_of(std::span<const Array> arrays) {
  std::vector<Tensor> tensors;
  for (const Array& array : arrays) {
    auto buffer = std::make_shared<Buffer>(bytes_of(array));
    if (buffer->bytes() > 0) std::memcpy(buffer->data(), array.data, buffer->bytes());
    tensors.push_back(constant(std::move(buffer), {array.shape, array.dtype}));
  }
  return tensors;
}

/// ", replica 3 of axis \"batch\"", or nothing.
std::string after_comma(const StepPlace& place) {
  const std::string replica = replica_text(place);
  return replica.empty() ? "" : ", " + replica;
}

std::string describe(const StepPlace& place) {
  std::string text = fmt::format("step {} of {}{}", place.number + 1, place.program.steps.size(),
                                 after_comma(place));
  for (const StepPlace* outer = place.outer; outer != nullptr; outer = outer->outer) {
    text += fmt::format(" inside of step {} of {} ({}){}", outer->number + 1,
                        outer->program.steps.size(), outer->step().primitive->name,
                        after_comma(*outer));
  }
  return text;
}

std::string index_text(std::int64_t place, const Shape& shape) {
  std::string text;
  for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
    text = std::to_string(place % shape[axis]) + (text.empty() ? "" : ",") + text;
    place /= shape[axis];
  }
  return '[' + text + ']';
}

std::string count_text(const Range& range) {
  const auto infinities =
      fmt::format("{} {}", range.infinities, range.infinities == 1 ? "infinity" : "infinities");
  if (range.nans == 0) return infinities;
  const auto nans = fmt::format("{} NaN", range.nans);
  return range.infinities == 0 ? nans : nans + " and " + infinities;
}

/// The value that `number` shares its memory with, if a step without a kernel made it.
int unshared(const Program& program, int number) {
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    if (step->primitive->shares_buffer && step->outputs.front() == number) {
      number = step->inputs.front();
    }
  }
  return number;
}

/// Why the input `number` of a step may be infinite though no step before it stopped the run.
std::string origin_text(const Program& program, int number) {
  const int value = unshared(program, number);
  const auto argument = std::find(program.inputs.begin(), program.inputs.end(), value);
  if (argument != program.inputs.end()) {
    return fmt::format("already so in argument {}", argument - program.inputs.begin());
  }
  const auto& captured = program.captured_values;
  const bool is_captured = std::find(captured.begin(), captured.end(), value) != captured.end();
  return is_captured ? "already so before this run" : "allowed to be";
}

std::string input_text(const StepPlace& place, std::size_t i, const Array& input) {
  const Range range = range_of(input);
  std::string text = fmt::format("\n  input {} {} {}: ", i, input.shape, input.dtype);
  if (range.least <= range.greatest) {
    text += fmt::format("{:.6g} to {:.6g}, ", range.least, range.greatest);
  }
  if (range.not_finite() == 0) return text + (input.size() == 0 ? "empty" : "all finite");
  return text + fmt::format("{} ({})", count_text(range),
                            origin_text(place.program, place.step().inputs[i]));
}

/// Writes the step to a file, whose path it returns, and tells of it in `details`: a failure to
/// write is a line there.
std::filesystem::path write(RecordedStep step, std::span<const Array> inputs,
                            std::span<const Array> outputs, std::string& details) {
  std::size_t bytes = 0;
  for (const Array& input : inputs) bytes += bytes_of(input);
  for (const Array& output : outputs) bytes += bytes_of(output);
  std::string reason = reason_not_to_write(bytes);
  if (reason.empty()) {
    try {
      step.inputs = copies_of(inputs);
      step.outputs = copies_of(outputs);
      const std::filesystem::path file = write_step(step, directory_of_files());
      details +=
          fmt::format("\n  written to '{}'; linseed::replay runs the step again", file.string());
      return file;
    } catch (const std::exception& error) {
      reason = error.what();
    }
  }
  details += "\n  not written to a file: " + reason;
  return {};
}

[[noreturn]] void stop(const StepPlace& place, std::span<const Array> inputs,
                       std::span<const Array> outputs, std::size_t output) {
  const Program::Step& step = place.step();
  const Range range = range_of(outputs[output]);
  const std::string which = outputs.size() == 1 ? "" : fmt::format(" {}", output);
  std::string what =
      fmt::format("check_finite: {} gave {} in its output{} {} {}, the first at {}",
                  step.primitive->name, count_text(range), which, outputs[output].shape,
                  outputs[output].dtype, index_text(range.first, outputs[output].shape));

  const RecordedStep recorded{std::string(step.primitive->name),
                              attributes_text(step),
                              step.label->path.empty() ? "" : to_string(*step.label),
                              describe(place),
                              {},
                              {}};
  std::string details = "\n  " + recorded.place;
  for (std::size_t i = 0; i < inputs.size(); ++i) details += input_text(place, i, inputs[i]);
  std::filesystem::path file = write(recorded, inputs, outputs, details);
  throw NotFinite(std::move(what), recorded, std::move(file), details);
}

void check_outputs(const StepPlace& place, std::span<const Array> inputs,
                   std::span<const Array> outputs) {
  if (place.step().label->may_be_infinite) return;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!is_finite(outputs[i])) stop(place, inputs, outputs, i);
  }
}

}  // namespace

void set_check_finite(bool on, CheckFiniteOptions options) {
  {
    const std::scoped_lock lock(options_mutex);
    chosen_options = std::move(options);
    files_written = 0;
  }
  is_on().store(on);
}

bool check_finite() { return is_on().load(); }

NotFinite::NotFinite(std::string what, const RecordedStep& step, std::filesystem::path file,
                     std::string_view details)
    : Error(std::move(what)), op_(step.op), module_path_(step.module_path), file_(std::move(file)) {
  if (!module_path_.empty()) add_module_path(module_path_);
  add_details(details);
}

void run_checked(const StepPlace& place, const KernelCall& call) {
  const KeptInputs inputs(call);
  place.step().primitive->kernel(call);
  check_outputs(place, inputs.arrays(), call.outputs);
}

// No primitive with a joint kernel writes over its inputs.
void run_checked(const StepPlace& place, const JointCall& call, std::span<const ReplicaAxis> axes) {
  place.step().primitive->joint_kernel(call);
  // What comes out of programs was checked where it was made.
  if (place.step().primitive->programs != nullptr) return;
  for (std::size_t r = 0; r < call.replicas.size(); ++r) {
    const StepPlace its_own{place.program, place.number, place.outer, static_cast<std::int64_t>(r),
                            axes};
    check_outputs(axes.empty() ? place : its_own, call.replicas[r].inputs,
                  call.replicas[r].outputs);
  }
}

}  // namespace linseed
