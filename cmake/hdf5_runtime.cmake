# HDF5_RUNTIME_LIBRARY: what a program gives to dlopen to load HDF5. The library's name alone where the
# loader finds it by that, else its whole path.
file(REAL_PATH ${HDF5_C_LIBRARY_hdf5} hdf5_file)
execute_process(COMMAND ${CMAKE_READELF} --dynamic ${hdf5_file}
  OUTPUT_VARIABLE hdf5_dynamic ERROR_QUIET)
if(NOT hdf5_dynamic MATCHES "\\(SONAME\\)[^[]*\\[([^]]+)\\]")
  message(FATAL_ERROR "${HDF5_C_LIBRARY_hdf5} is no shared library: linseed loads HDF5 at run time")
endif()
set(HDF5_RUNTIME_LIBRARY ${CMAKE_MATCH_1})
cmake_path(GET hdf5_file PARENT_PATH hdf5_folder)
if(NOT hdf5_folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
  set(HDF5_RUNTIME_LIBRARY ${hdf5_folder}/${CMAKE_MATCH_1})
endif()
