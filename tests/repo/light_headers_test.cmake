# Checks that no public header includes a heavy one, itself or through another of linseed's.
#   cmake -D ROOT=TREE [-D EXPECT=FILE] -P light_headers_test.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)

set(heavy "^(Eigen|unsupported|tbb|oneapi|hwy)/|^(hdf5|H5)")

public_headers(${ROOT} headers)
if(NOT headers)
  message(FATAL_ERROR "no public header under ${ROOT}")
endif()
list(FILTER headers EXCLUDE REGEX "(^|/)eigen\\.h$") # the bridge to Eigen, which users ask for

set(findings)
set(reached ${headers})
while(headers)
  list(POP_FRONT headers header)
  read_includes(${ROOT} ${header} includes)
  foreach(include IN LISTS includes)
    string(REGEX MATCH "^([0-9]+) (.+)$" all "${include}")
    set(line ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    if(name MATCHES "^linseed/(.+)$")
      set(path ${CMAKE_MATCH_1})
      if(path MATCHES "(^|/)eigen\\.h$")
        list(APPEND findings "${header}:${line} includes ${path}: a public header may not")
      elseif(EXISTS ${ROOT}/${path} AND NOT path IN_LIST reached)
        list(APPEND headers ${path})
        list(APPEND reached ${path})
      endif()
    elseif(name MATCHES "${heavy}")
      list(APPEND findings "${header}:${line} includes ${name}: a public header may not")
    endif()
  endforeach()
endwhile()

judge("public headers that are not light" ${findings})
