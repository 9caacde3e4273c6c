// A state as an HDF5 file in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <linseed/framework/io/hdf5_internal.h>
#include <linseed/framework/io/header_internal.h>
#include <linseed/framework/io/state.h>

namespace linseed::io {

/// What a checkpoint says of itself besides its state.
struct ImageInfo {
  std::int64_t step = 0;
  Uuid uuid = {};
  std::string config = {};
  State functions = {};  // a dictionary of write_exported; see exported_internal.h
};

/// Limits that a reader insists on and a writer therefore keeps.
inline constexpr int kMaxDepth = 64;
inline constexpr std::size_t kMaxObjects = 1'000'000;
inline constexpr std::size_t kMaxNameBytes = 1024;
inline constexpr int kMaxRank = 32;

/// An HDF5 file in memory. The first kHeaderBytes of `bytes` are its user block, empty as yet.
struct Image {
  Handle file;                       // owns the bytes
  std::span<const std::byte> bytes;  // valid while `file` is open
};

/// Writes `state`, whose tensors must be evaluated, as the tree under /state; the same state and
/// info give the same bytes. InvalidArgument for a tree that a file cannot hold.
///
///     /            @format @format_version @library_version @step @uuid @world_size @complete
///     /state/…     groups @kind, datasets @dtype @crc32c
///     /functions/…        likewise, if there are any
///     /meta/config_json   u8[n] @encoding, if there is a text
Image write_image(const State& state, const ImageInfo& info);

}  // namespace linseed::io
