// Stopping at the first value that is not finite, and saying where it arose.
#pragma once

#include <filesystem>
#include <string>

#include <linseed/framework/core/error.h>
#include <linseed/framework/graph/label.h>
#include <linseed/framework/graph/recorded_step.h>

namespace linseed {

struct CheckFiniteOptions {
  /// Where files are written. Default: the environment's LINSEED_CHECK_FINITE_DIR, else the current
  /// directory.
  std::filesystem::path directory = {};
  /// So many files at most, counted from the call, and none of a step whose tensors have more bytes
  /// together: the message says so instead.
  int most_files = 16;
  std::size_t most_bytes = std::size_t{256} << 20;
};

/// While on, every step of every plan (of evaluate, of a compiled function, of the programs inside
/// scan, cond, checkpoint …) is looked at when it has run: the first floating output with a NaN or
/// an infinity stops the run by NotFinite. The default is the environment's LINSEED_CHECK_FINITE,
/// 0 or 1 (InvalidArgument, at the first evaluation, for anything else). For the whole process; a
/// run that has begun goes on as it began. Results have the same bits on or off, but for what jit
/// re-associates (passes.h) while it is off; off, it costs nothing, on, a pass over each output.
///
/// What is meant to be infinite, such as a mask of −inf, is said where it is built: see
/// allow_non_finite. A tensor that comes in (an argument, a captured tensor) is not looked at by
/// itself: the first step whose output it spoils is named, and its range shows it.
void set_check_finite(bool on, CheckFiniteOptions options = {});
/// Whether it is on.
bool check_finite();

/// A step gave a value that is not finite, as set_check_finite(true) watches for. For instance:
///
///   check_finite: divide gave 1 NaN and 2 infinities in its output [2,2] float32, the first at
///   [0,1]; in /Head_1
///     step 7 of 12
///     input 0 [2,2] float32: 0 to 3.5, all finite
///     input 1 [2] float32: 0 to 2, all finite
///     written to './not_finite_divide_1'; linseed::replay runs the step again
class NotFinite final : public Error {
 public:
  /// `what` went wrong, in one line; `details` follow the module path.
  NotFinite(std::string what, const RecordedStep& step, std::filesystem::path file,
            std::string_view details);

  /// The name of the operation, and the path of the module that applied it, "(backward)" behind it
  /// if its derivative did.
  const std::string& op() const { return op_; }
  const std::string& module_path() const { return module_path_; }
  /// What `replay` takes; empty if it could not be written.
  const std::filesystem::path& file() const { return file_; }

 private:
  std::string op_;
  std::string module_path_;
  std::filesystem::path file_;
};

}  // namespace linseed
