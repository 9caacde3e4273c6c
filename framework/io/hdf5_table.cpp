#include <linseed/framework/io/hdf5_table_internal.h>

#include <fstream>
#include <limits>
#include <vector>

#include <linseed/framework/core/error.h>

namespace linseed::io {
namespace {

constexpr int kMostDims = 8;

Handle open_file(const std::filesystem::path& file) {
  // The library's own words for a missing file are long, and the same for one that is not HDF5.
  if (!std::ifstream(file)) throw IoError("hdf5: cannot open {}", file.string());
  try {
    return Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "H5Fopen");
  } catch (const Hdf5Failure& failure) {
    throw DataCorruption("hdf5: {} is no sound HDF5 file: {}", file.string(), failure.what());
  }
}

Handle open_dataset(const Handle& file, const std::string& dataset, const std::string& name) {
  // Rows are read by whole chunks, so a cache of chunks would only hold them twice.
  const Handle access = property_list(H5P_DATASET_ACCESS);
  checked(H5Pset_chunk_cache(access.id(), 0, 0, 0), "H5Pset_chunk_cache");
  try {
    return Handle(H5Dopen2(file.id(), dataset.c_str(), access.id()), H5Dclose, "H5Dopen2");
  } catch (const Hdf5Failure& failure) {
    throw InvalidArgument("hdf5: there is no dataset {}: {}", name, failure.what());
  }
}

DType type_to_read(const Handle& dataset, const std::string& name) {
  const Handle type(H5Dget_type(dataset.id()), H5Tclose, "H5Dget_type");
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER:  // the order of a single byte is no difference
      return H5Tget_size(type.id()) == 1 && H5Tget_sign(type.id()) == H5T_SGN_NONE ? uint8 : int32;
    case H5T_FLOAT: return float32;
    default: throw InvalidArgument("hdf5: {} holds no numbers", name);
  }
}

Shape shape_of(const Handle& dataset, const std::string& name) {
  const Handle space(H5Dget_space(dataset.id()), H5Sclose, "H5Dget_space");
  const int rank = checked(H5Sget_simple_extent_ndims(space.id()), "H5Sget_simple_extent_ndims");
  if (rank < 1 || rank > kMostDims) {
    throw InvalidArgument("hdf5: {} has {} dimensions; expected 1 to {}", name, rank, kMostDims);
  }
  hsize_t dims[kMostDims];
  checked(H5Sget_simple_extent_dims(space.id(), dims, nullptr), "H5Sget_simple_extent_dims");
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    if (dims[axis] > std::numeric_limits<std::int32_t>::max()) {
      throw InvalidArgument("hdf5: {}: dimension {} is {}; more than 2^31 - 1 are not read", name,
                            axis, dims[axis]);
    }
    shape.push_back(static_cast<std::int64_t>(dims[axis]));
  }
  return shape;
}

std::int64_t rows_of_chunk(const Handle& dataset) {
  const Handle properties(H5Dget_create_plist(dataset.id()), H5Pclose, "H5Dget_create_plist");
  if (H5Pget_layout(properties.id()) != H5D_CHUNKED) return 1;
  hsize_t dims[kMostDims] = {1};
  checked(H5Pget_chunk(properties.id(), kMostDims, dims), "H5Pget_chunk");
  return static_cast<std::int64_t>(dims[0]);
}

}  // namespace

Hdf5Table::Hdf5Table(const std::filesystem::path& file, const std::string& dataset)
    : name_(file.string() + ": " + dataset) {
  const Hdf5Session session;
  try {
    dataset_ = open_dataset(open_file(file), dataset, name_);
    spec_ = {shape_of(dataset_, name_), type_to_read(dataset_, name_)};
    check_sizes(spec_);
    chunk_rows_ = rows_of_chunk(dataset_);
  } catch (const Hdf5Failure& failure) {
    throw DataCorruption("hdf5: {}: {}", name_, failure.what());
  }
  row_bytes_ = size_of(spec_.dtype);
  for (int axis = 1; axis < spec_.shape.ndim(); ++axis) {
    row_bytes_ *= static_cast<std::size_t>(spec_.shape[axis]);
  }
}

void Hdf5Table::read(std::int64_t first, std::int64_t count, void* to) const {
  const Hdf5Session session;
  try {
    std::vector<hsize_t> start(static_cast<std::size_t>(spec_.shape.ndim()), 0);
    std::vector<hsize_t> size(spec_.shape.begin(), spec_.shape.end());
    start[0] = static_cast<hsize_t>(first);
    size[0] = static_cast<hsize_t>(count);
    const Handle file_space(H5Dget_space(dataset_.id()), H5Sclose, "H5Dget_space");
    checked(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(),
                                nullptr),
            "H5Sselect_hyperslab");
    const Handle memory_space(H5Screate_simple(spec_.shape.ndim(), size.data(), nullptr), H5Sclose,
                              "H5Screate_simple");
    const Handle type = file_type(spec_.dtype);
    checked(H5Dread(dataset_.id(), type.id(), memory_space.id(), file_space.id(), H5P_DEFAULT, to),
            "H5Dread");
  } catch (const Hdf5Failure& failure) {
    throw DataCorruption("{}: rows {} to {} cannot be read: {}", name_, first, first + count - 1,
                         failure.what());
  }
}

bool hdf5_holds(const std::filesystem::path& file, const std::string& name) {
  const Hdf5Session session;
  const Handle opened = open_file(file);
  try {
    return checked(H5Lexists(opened.id(), name.c_str(), H5P_DEFAULT), "H5Lexists") > 0;
  } catch (const Hdf5Failure& failure) {
    throw DataCorruption("hdf5: {}: {}", file.string(), failure.what());
  }
}

}  // namespace linseed::io
