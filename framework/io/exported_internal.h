// Exported functions as parts of a file.
#pragma once

#include <string>

#include <linseed/framework/io/exported.h>
#include <linseed/framework/io/image_reader_internal.h>

namespace linseed::io {

/// The function as a dictionary:
///
///     program     JSON: {"state": [[path, type], …], "arguments": [type, …],
///                        "steps": [{"op", "attributes", "inputs", "outputs", "module",
///                                   "may_be_infinite": true where allow_non_finite built it}, …],
///                        "results": [[path, value], …]}
///     constants   the tensors "0", "1", …
///
/// Types are texts, "[3,3,1,32] float32". Values are numbered in the order state, arguments,
/// constants, outputs of the steps.
State write_exported(const Exported& function);

/// The function that `stored`, at `path` in `file`, was written from. Each step is checked by its
/// operation's type rule, as if it were written anew; its attributes are otherwise trusted, as a
/// program's are. DataCorruption for what write_exported would not write; NotSupported for an
/// operation this build does not have.
Exported read_exported(const StoredState& stored, const std::string& file, const std::string& path);

}  // namespace linseed::io
