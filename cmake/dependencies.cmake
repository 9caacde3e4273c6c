# Every library linseed stands on. A missing one names the Debian package to install.
# A macro, since some packages say where they are in variables of the caller.
macro(linseed_require package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} not found: install the package ${debian} "
      "(cmake/packages.txt lists all)")
  endif()
endmacro()

linseed_require(TBB libtbb-dev)
linseed_require(Eigen3 libeigen3-dev)
linseed_require(fmt libfmt-dev)
linseed_require(HDF5 libhdf5-dev COMPONENTS C)
include(hdf5_runtime)
linseed_require(nlohmann_json nlohmann-json3-dev)
linseed_require(ZLIB zlib1g-dev)
linseed_require(OpenSSL libssl-dev COMPONENTS Crypto)
find_package(Threads REQUIRED)

find_path(ISAL_INCLUDE_DIR isa-l/crc.h)
find_library(ISAL_LIBRARY isal)
if(NOT ISAL_INCLUDE_DIR OR NOT ISAL_LIBRARY)
  message(FATAL_ERROR "ISA-L not found: install the package libisal-dev")
endif()
find_path(HWY_INCLUDE_DIR hwy/highway.h)
if(NOT HWY_INCLUDE_DIR)
  message(FATAL_ERROR "Highway not found: install the package libhwy-dev")
endif()
