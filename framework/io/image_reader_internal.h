// Reading an HDF5 file in memory, trusting nothing in it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <linseed/framework/core/shape.h>
#include <linseed/framework/core/tree.h>
#include <linseed/framework/io/header_internal.h>

namespace linseed::io {

struct StoredPart;

/// A tensor, or a container of named parts, as a file has it.
struct StoredState {
  std::optional<tree::Kind> kind;  // none: a tensor
  TensorSpec spec;
  std::span<const std::byte> bytes;  // of a tensor; lies in the image
  std::uint32_t crc = 0;             // what `bytes` should have
  std::vector<StoredPart> parts;

  bool is_tensor() const { return !kind.has_value(); }
};

struct StoredPart {
  std::string name;
  StoredState state;
};

struct StoredImage {
  std::int64_t step = 0;
  std::string uuid;
  std::string library_version;  // of the release that wrote it
  StoredState state;
  std::optional<StoredState> functions;
  std::optional<StoredState> config;
};

/// The structure of the image in `bytes` (user block included), every size checked against what is
/// there; libhdf5 reads no element of a tensor. DataCorruption, naming `path`, for anything that
/// linseed would not have written: links that are not hard, cycles, foreign types, layouts other
/// than contiguous, filters, external files, data outside of the file.
StoredImage read_image(std::span<const std::byte> bytes, const std::string& path);

/// DataCorruption, naming `path` and `name`, if the bytes of that tensor are not what was saved.
void check_bytes(const StoredState& tensor, const std::string& path, const std::string& name);

/// That tensor; DataCorruption as check_bytes.
Tensor read_tensor(const StoredState& tensor, const std::string& path, const std::string& name);

}  // namespace linseed::io
