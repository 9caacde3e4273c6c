# `cpack` in a build directory makes liblinseed0.1, liblinseed-dev and linseed-tools.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL runtime development)
if(TARGET linseed_program)
  list(APPEND CPACK_COMPONENTS_ALL tools)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "linseed maintainers <linseed@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME liblinseed${LINSEED_SOVERSION})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
# HDF5 is loaded at run time, so that no tool sees that it is needed.
execute_process(COMMAND dpkg-query --search ${hdf5_file} OUTPUT_VARIABLE hdf5_owner ERROR_QUIET)
string(REGEX MATCH "^[^:]+" CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "${hdf5_owner}")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME liblinseed-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# The headers need fmt; a static link needs the rest.
string(JOIN ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "liblinseed${LINSEED_SOVERSION} (= ${PROJECT_VERSION})"
  libfmt-dev libtbb-dev libssl-dev libisal-dev zlib1g-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS libeigen3-dev) # <linseed/eigen.h>
# The command has the library in it: it goes without the other packages.
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME linseed-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS ${CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS})
include(CPack)
