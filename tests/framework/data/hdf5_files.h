// HDF5 files of images, for the tests of the data readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <hdf5.h>

namespace linseed::test {

inline void require_written(bool condition) {
  if (!condition) throw std::runtime_error("cannot write an HDF5 file");
}

/// Files by the C API, as other programs write them.
class Hdf5Writer {
 public:
  using Dims = std::vector<hsize_t>;

  explicit Hdf5Writer(const std::filesystem::path& file)
      : file_(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
    require_written(file_ >= 0);
  }
  ~Hdf5Writer() { H5Fclose(file_); }
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void add_group(const char* name) {
    const hid_t group = H5Gcreate2(file_, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    require_written(group >= 0);
    H5Gclose(group);
  }

  /// Without `chunk`, the data lie in one piece; `deflate` compresses chunks.
  template <class T>
  void add(const char* name, hid_t type, const Dims& dims, const std::vector<T>& data,
           const Dims& chunk = {}, bool deflate = false) {
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (!chunk.empty()) {
      require_written(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()) >= 0);
    }
    if (deflate) require_written(H5Pset_deflate(properties, 1) >= 0);
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const hid_t set = H5Dcreate2(file_, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    require_written(set >= 0);
    require_written(H5Dwrite(set, memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()) >=
                    0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(properties);
  }

 private:
  template <class T>
  static hid_t memory_type() {
    if (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
    return sizeof(T) == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_INT32;
  }

  hid_t file_;
};

inline std::vector<std::int32_t> count_to(int n) {
  std::vector<std::int32_t> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// Pixels that tell their image: byte k of image i is (i · 7 + k) mod 251.
inline std::vector<std::uint8_t> telling_bytes(std::size_t images, std::size_t size) {
  std::vector<std::uint8_t> result;
  for (std::size_t i = 0; i < images; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      result.push_back(static_cast<std::uint8_t>((i * 7 + k) % 251));
    }
  }
  return result;
}

}  // namespace linseed::test
