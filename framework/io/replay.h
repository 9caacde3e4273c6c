// Replay: looking at the step that stopped a run under set_check_finite, and running it again.
#pragma once

#include <filesystem>

#include <linseed/framework/graph/recorded_step.h>

namespace linseed {

/// What `file` holds, which the message of NotFinite names.
///
/// The file is a checkpoint in its form: h5py and h5dump read it. Under /state are `op`,
/// `attributes`, `module_path` and `place`, texts as lists of bytes, and `inputs` and `outputs`,
/// tensors named "0", "1", ….
///
/// IoError if the system refuses, DataCorruption if the file is not what was written.
RecordedStep read_step(const std::filesystem::path& file);

/// The same step with its outputs computed again from its inputs, alone: the same bits with the
/// same build on the same kind of machine.
///
///   const RecordedStep step = replay("not_finite_divide_1");
///   fmt::print("{} of {} and {} is {}\n", step.op, step.inputs[0], step.inputs[1],
///              step.outputs[0]);
///
/// NotSupported if this build has no such operation, or it is one that runs a program (scan, cond,
/// …): programs are not written. InvalidArgument if the operation does not take these inputs. Like
/// any program's input, replay only files you trust: attributes are read, not judged.
RecordedStep replay(const std::filesystem::path& file);

}  // namespace linseed
