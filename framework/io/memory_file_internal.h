// Opening an HDF5 file that lies in memory.
#pragma once

#include <cstddef>
#include <span>

#include <linseed/framework/io/hdf5_internal.h>

namespace linseed::io {

/// Opens the HDF5 file in `bytes` for reading, without copying it; `bytes` must outlive the handle.
Handle open_memory(std::span<const std::byte> bytes);

}  // namespace linseed::io
