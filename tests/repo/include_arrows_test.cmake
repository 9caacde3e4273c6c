# Checks that the folders of the library include each other along the arrows of its design only.
#   cmake -D ROOT=TREE [-D EXPECT=FILE] -P include_arrows_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)

# Which folders a folder may include, besides itself. Those of framework/ go by their own name.
set(core_may_include "")
set(graph_may_include core)
set(kernels_may_include core)
set(ops_may_include core graph kernels)
set(autodiff_may_include core graph kernels ops)
set(plan_may_include core graph kernels)
set(module_may_include core graph ops)
set(io_may_include core graph module)
set(data_may_include core graph ops io)
set(report_may_include core graph kernels ops autodiff plan module io data)
set(command_may_include core graph ops plan module io data report)
set(modules_may_include core graph ops module)
set(optim_may_include core graph ops autodiff module)
# A header right in framework/, such as the bridge to Eigen, stands above its folders.
set(framework_may_include core graph kernels ops autodiff plan module io data report)

# folder_of(PATH RESULT): the folder of a path as the table names it.
function(folder_of path result)
  string(REGEX REPLACE "^framework/([^/]+)/" "\\1/" path ${path})
  string(REGEX REPLACE "/.*" "" folder ${path})
  set(${result} ${folder} PARENT_SCOPE)
endfunction()

set(findings)
file(GLOB_RECURSE sources RELATIVE ${ROOT}
  ${ROOT}/framework/*.h ${ROOT}/framework/*.cpp ${ROOT}/modules/*.h ${ROOT}/modules/*.cpp
  ${ROOT}/optim/*.h ${ROOT}/optim/*.cpp)
if(NOT sources)
  message(FATAL_ERROR "no source under ${ROOT}")
endif()
list(FILTER sources EXCLUDE REGEX "(^|/)linseed\\.h$") # the umbrella includes all

foreach(file IN LISTS sources)
  folder_of(${file} from)
  if(NOT DEFINED ${from}_may_include)
    list(APPEND findings "${file}:1 ${from}: the table of arrows has no such folder")
    continue()
  endif()
  read_includes(${ROOT} ${file} includes)
  foreach(include IN LISTS includes)
    if(NOT include MATCHES "^([0-9]+) linseed/(.+)$")
      continue()
    endif()
    set(line ${CMAKE_MATCH_1})
    set(path ${CMAKE_MATCH_2})
    folder_of(${path} to)
    if(NOT to STREQUAL from AND NOT to IN_LIST ${from}_may_include)
      list(APPEND findings "${file}:${line} includes ${path}: ${from} may not include ${to}")
    endif()
  endforeach()
endforeach()

judge("includes against the arrows" ${findings})
