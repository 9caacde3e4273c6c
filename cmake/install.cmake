# What `cmake --install` copies: libraries, public headers, how others find them, and the command.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
include(${PROJECT_SOURCE_DIR}/tests/repo/sources.cmake)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/linseed)

install(TARGETS linseed_shared EXPORT linseed_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS linseed EXPORT linseed_static_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
set_target_properties(linseed PROPERTIES EXPORT_NAME linseed_static)

public_headers(${PROJECT_SOURCE_DIR} headers CONFIGURE_DEPENDS)
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  string(REGEX REPLACE "^framework$" "" folder ${folder}) # linseed.h and its like
  install(FILES ${PROJECT_SOURCE_DIR}/${header} COMPONENT development
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/linseed/${folder})
endforeach()

install(EXPORT linseed_targets NAMESPACE linseed:: DESTINATION ${package_dir}
  COMPONENT development)
install(EXPORT linseed_static_targets NAMESPACE linseed:: DESTINATION ${package_dir}
  COMPONENT development)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/linseed-config.cmake.in
  linseed-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(linseed-config-version.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH up_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/linseed.pc.in linseed.pc @ONLY)
install(FILES
  ${PROJECT_BINARY_DIR}/linseed-config.cmake ${PROJECT_BINARY_DIR}/linseed-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/linseed.pc COMPONENT development
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET linseed_program)
  install(TARGETS linseed_program COMPONENT tools DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES docs/linseed.1 COMPONENT tools DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES framework/command/completion.bash RENAME linseed COMPONENT tools
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
install(FILES LICENSE README.md COMPONENT runtime DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(PROJECT_IS_TOP_LEVEL)
  include(debian_packages)
endif()
