// A step of a run with the values it read and gave, to be looked at and run again later.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <linseed/framework/core/tensor.h>

namespace linseed {

/// One application of a primitive. Names are text, so that it can leave the process.
struct RecordedStep {
  std::string op;           // name of the primitive
  std::string attributes;   // as Primitive::attributes writes them; "" if there are none
  std::string module_path;  // of the module that applied it: its label as text
  std::string place;        // "step 12 of 40"
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};

/// Writes `step` to a new HDF5 file in `directory`, which is made if need be, and returns its path:
/// not_finite_<op>_<number>. Declared here, where a run that stops asks for it; io defines it.
/// IoError if the system refuses.
std::filesystem::path write_step(const RecordedStep& step, const std::filesystem::path& directory);

}  // namespace linseed
