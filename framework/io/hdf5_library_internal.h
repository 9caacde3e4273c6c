// libhdf5, loaded when the first checkpoint is written or read. It brings some forty libraries
// (libcurl and what that needs), whose loading would take longer than all else a program does
// before its first op.
//
// Inside linseed::io the names of libhdf5 mean what is declared here: pointers that load_hdf5 sets.
// Code that calls one more of its functions adds the name to a list below; the compiler asks for
// it.
#pragma once

#include <hdf5.h>

namespace linseed::io {

// clang-format off
#define LINSEED_HDF5_FUNCTIONS(use)                                                                \
  use(H5Aclose) use(H5Acreate2) use(H5Aexists) use(H5Aget_space) use(H5Aget_storage_size)          \
  use(H5Aget_type) use(H5Aopen) use(H5Aread) use(H5Awrite) use(H5Dclose) use(H5Dcreate2)           \
  use(H5Dget_create_plist) use(H5Dget_offset) use(H5Dget_space) use(H5Dget_storage_size)           \
  use(H5Dget_type) use(H5Dopen2) use(H5Dread) use(H5Dwrite) use(H5Eget_auto2) use(H5Eset_auto2)    \
  use(H5Ewalk2) use(H5Fclose) use(H5Fcreate) use(H5Fflush) use(H5Fget_file_image)                  \
  use(H5Fget_vfd_handle) use(H5Fopen) use(H5Gclose) use(H5Gcreate2) use(H5Gget_info)               \
  use(H5Gopen2) use(H5Iget_type) use(H5Lexists) use(H5Lget_info) use(H5Lget_name_by_idx)           \
  use(H5Oclose) use(H5Oget_info2) use(H5Oopen) use(H5PLget_loading_state)                          \
  use(H5PLset_loading_state) use(H5Pclose) use(H5Pcreate) use(H5Pget_chunk)                        \
  use(H5Pget_external_count) use(H5Pget_layout) use(H5Pget_nfilters) use(H5Pset_char_encoding)     \
  use(H5Pset_chunk_cache) use(H5Pset_fapl_core) use(H5Pset_file_image)                             \
  use(H5Pset_file_image_callbacks) use(H5Pset_fill_time) use(H5Pset_layout)                        \
  use(H5Pset_libver_bounds) use(H5Pset_link_creation_order) use(H5Pset_obj_track_times)            \
  use(H5Pset_userblock) use(H5Sclose) use(H5Screate) use(H5Screate_simple)                         \
  use(H5Sget_simple_extent_dims) use(H5Sget_simple_extent_ndims) use(H5Sget_simple_extent_type)    \
  use(H5Sselect_hyperslab) use(H5Tclose) use(H5Tcommitted) use(H5Tcopy) use(H5Tenum_create)        \
  use(H5Tenum_insert) use(H5Tequal) use(H5Tget_class) use(H5Tget_sign) use(H5Tget_size)            \
  use(H5Tis_variable_str) use(H5Tset_ebias) use(H5Tset_fields) use(H5Tset_precision)               \
  use(H5Tset_size) use(H5Tset_strpad) use(H5check_version) use(H5open)

#define LINSEED_HDF5_IDS(use)                                                                      \
  use(H5P_CLS_DATASET_ACCESS_ID_g) use(H5P_CLS_DATASET_CREATE_ID_g) use(H5P_CLS_FILE_ACCESS_ID_g)  \
  use(H5P_CLS_FILE_CREATE_ID_g) use(H5P_CLS_GROUP_CREATE_ID_g) use(H5P_CLS_LINK_CREATE_ID_g)       \
  use(H5T_C_S1_g) use(H5T_IEEE_F32LE_g) use(H5T_IEEE_F64LE_g) use(H5T_STD_I32LE_g)                 \
  use(H5T_STD_I64LE_g) use(H5T_STD_I8LE_g) use(H5T_STD_U32LE_g) use(H5T_STD_U8LE_g)
// clang-format on

#define LINSEED_DECLARE(name) extern decltype(&::name) name;
LINSEED_HDF5_FUNCTIONS(LINSEED_DECLARE)
#undef LINSEED_DECLARE
#define LINSEED_DECLARE(name) extern hid_t name;
LINSEED_HDF5_IDS(LINSEED_DECLARE)
#undef LINSEED_DECLARE

/// Loads libhdf5, opens it and sets everything above; from the second call on, only the ids, which
/// libhdf5 makes anew after H5close. Only while an Hdf5Session holds its lock. NotSupported if the
/// library is missing, or lacks a function.
void load_hdf5();

}  // namespace linseed::io
