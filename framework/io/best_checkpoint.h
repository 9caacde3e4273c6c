// The best state of a run, kept beside its newest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <linseed/framework/io/checkpoint.h>

namespace linseed {

struct BestOptions {
  bool higher_is_better = false;  // as of an accuracy; a loss is to be low
  std::string prefix = "best_";
  std::string config = {};  // JSON text kept with the state, as by save_checkpoint
  std::map<std::string, Exported> functions = {};  // of the state, kept with it likewise
};

namespace io {

/// What the file holds.
template <class T>
struct Measured {
  T target;
  Tensor value;  // float64 scalar

  static constexpr auto tree = fields<&Measured::target, &Measured::value>;
};

/// True if `value` is better than that of the best checkpoint of `directory`, or there is none.
bool is_best(const std::filesystem::path& directory, double value, const BestOptions& options);

/// The same functions of a state that holds theirs as the part `name`.
std::map<std::string, Exported> functions_of_part(std::map<std::string, Exported> functions,
                                                  std::string_view name);

}  // namespace io

/// Saves `target` as `directory`/best_`step`, in place of the best checkpoint there, if `value` is
/// better than that one's; returns whether it did. The value is kept in the file, so a run that
/// goes on after a restart, or that is set back to an earlier step, is measured by what was reached
/// before. Equal is not better, nor is NaN.
///   if (save_if_best("runs/cnn", state, step, loss)) fmt::print("the best so far\n");
///   auto best = restore_checkpoint("runs/cnn", state, {.at = "target", .prefix = "best_"});
/// Errors as of save_checkpoint and restore_checkpoint.
template <class T>
bool save_if_best(const std::filesystem::path& directory, const T& target, std::int64_t step,
                  double value, const BestOptions& options = {}) {
  if (!io::is_best(directory, value, options)) return false;
  save_checkpoint(directory, io::Measured<T>{target, Tensor(value)}, step,
                  {.overwrite = true,
                   .prefix = options.prefix,
                   .config = options.config,
                   .functions = io::functions_of_part(options.functions, "target")});
  return true;
}

}  // namespace linseed
