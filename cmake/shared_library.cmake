# The shared library, from the objects of the static one. It exports what is linseed's alone: were
# the templates of Eigen exported too, a program that compiles its own for another instruction set
# could run ours in their place, or we theirs.
#
# As long as the major version is 0 each minor one may break the last: so says the CMake package, so
# says the name that the loader looks for.
set(LINSEED_SOVERSION ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  string(APPEND LINSEED_SOVERSION .${PROJECT_VERSION_MINOR})
endif()
add_library(linseed_shared SHARED $<TARGET_OBJECTS:linseed>)
add_library(linseed::linseed ALIAS linseed_shared)
set_target_properties(linseed_shared PROPERTIES
  OUTPUT_NAME linseed
  EXPORT_NAME linseed
  VERSION ${PROJECT_VERSION}
  SOVERSION ${LINSEED_SOVERSION}
  LINKER_LANGUAGE CXX
  EXCLUDE_FROM_ALL $<NOT:$<BOOL:${LINSEED_INSTALL}>>
  LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/exports.map)
target_include_directories(linseed_shared INTERFACE
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_features(linseed_shared INTERFACE cxx_std_20)
target_compile_options(linseed_shared INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-missing-field-initializers>)
target_link_options(linseed_shared PRIVATE
  -Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/exports.map)
target_link_libraries(linseed_shared
  PUBLIC fmt::fmt
  PRIVATE $<BUILD_INTERFACE:linseed_options>
    "$<BUILD_INTERFACE:${ISAL_LIBRARY};TBB::tbb;TBB::tbbmalloc;ZLIB::ZLIB;OpenSSL::Crypto>"
    "$<BUILD_INTERFACE:Threads::Threads;${CMAKE_DL_LIBS}>")
