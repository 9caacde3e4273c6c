// A dataset of an HDF5 file whose first dimension counts rows, read some rows at a time.
#pragma once

#include <filesystem>
#include <string>

#include <linseed/framework/core/shape.h>
#include <linseed/framework/io/hdf5_internal.h>

namespace linseed::io {

/// An open dataset. Its file stays open as long as it. Any thread may read; one at a time does.
class Hdf5Table final {
 public:
  /// IoError if the file cannot be opened, DataCorruption if it is not HDF5, InvalidArgument that
  /// names both if there is no such dataset, or if it is no table of numbers.
  Hdf5Table(const std::filesystem::path& file, const std::string& dataset);

  /// [rows, …]. The type is what elements are read as: uint8 and int32 for integers (int32 for all
  /// but bytes), float32 for floating numbers.
  const TensorSpec& spec() const { return spec_; }
  std::int64_t rows() const { return spec_.shape[0]; }
  std::size_t row_bytes() const { return row_bytes_; }
  /// How many rows are stored together; 1 if each can be read by itself.
  std::int64_t chunk_rows() const { return chunk_rows_; }
  /// "data.h5: /train/images".
  const std::string& name() const { return name_; }

  /// Reads rows [first, first + count) to `to`, count · row_bytes() bytes. The library keeps none
  /// of them. DataCorruption if it cannot.
  void read(std::int64_t first, std::int64_t count, void* to) const;

 private:
  std::string name_;
  Handle dataset_;
  TensorSpec spec_;
  std::size_t row_bytes_ = 0;
  std::int64_t chunk_rows_ = 1;
};

/// Whether the root of an HDF5 file links to something of that name. Errors of a file as above.
bool hdf5_holds(const std::filesystem::path& file, const std::string& name);

}  // namespace linseed::io
