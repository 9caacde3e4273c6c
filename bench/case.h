// What is measured: named cases, each made ready as work that can be repeated.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <linseed/framework/core/error.h>

namespace bench {

/// A case with its inputs made and its function traced.
class Work {
 public:
  virtual ~Work() = default;

  /// Does it once, and waits for all results.
  virtual void step() = 0;
  /// Goes back to where it began.
  virtual void reset() {}

  // For whole networks only; InvalidArgument for others.

  /// Of the last step.
  virtual double loss() const { throw linseed::InvalidArgument("bench: this case has no loss"); }
  /// Writes initial parameters and batches as a checkpoint, for peers to begin from the same.
  virtual void save(const std::filesystem::path&) const {
    throw linseed::InvalidArgument("bench: this case has no initial values to save");
  }
};

/// Work that is a function.
class Repeated final : public Work {
 public:
  explicit Repeated(std::function<void()> function) : function_(std::move(function)) {}
  void step() override { function_(); }

 private:
  std::function<void()> function_;
};

struct Case {
  std::string name;     // "K5/forward"
  double flops = 0;     // of a step: 2 for each multiplication with what is no padding
  double bytes = 0;     // of a step: each input read once, each result written once
  nlohmann::json spec;  // all that a peer needs to do the same
  std::function<std::unique_ptr<Work>()> prepare;
};

// The families, in the order of research and report.
std::vector<Case> convolution_cases();  // K1 to K9
std::vector<Case> dense_cases();        // K10
std::vector<Case> batch_norm_cases();   // B1 to B3
std::vector<Case> training_cases();     // M1 to M4, and Flax's example
std::vector<Case> evaluation_cases();   // E4
std::vector<Case> accuracy_cases();     // M5
std::vector<Case> loading_cases();      // L1
std::vector<Case> growth_cases();       // G

std::vector<Case> all_cases();

/// Answers commands on standard input, one a line, by a line of JSON each:
///   open NAME SPEC      makes a case ready, and answers the seconds of its first step; if SPEC
///                       names a folder, "initial", the initial values are saved there
///   run NAME WARM N     seconds of N steps, after WARM steps that do not count
///   losses NAME N       the losses of the first N steps
///   close NAME
/// {"ok": result} or {"error": why}. The peers' workers speak the same. The first line says who it
/// is: {"ok": {"name": …, "versions": {…}}}.
void serve(const std::vector<Case>& cases);

}  // namespace bench
