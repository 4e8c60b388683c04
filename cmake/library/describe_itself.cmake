# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/../python/target_processors.cmake)

#[[
describe_itself(<target> PYTHON <versions>)

Gives a library a text that says what it is and what it was built with: src/common/about.h. The library logs it, and src/orthanc_release/libraries/read.py
reads it from the outside, whatever has been stripped. The processor in it is that of the library, whatever machine builds it.
]]
function(describe_itself target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PYTHON" "")
  set(python "${arg_PYTHON}")
  name_processors(processors)
  list(JOIN processors " and " processors)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_about.cpp)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/about.cpp.in ${source} @ONLY NEWLINE_STYLE LF)
  target_sources(${target} PRIVATE ${source})
  set_source_files_properties(${source} PROPERTIES INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/src/common)
endfunction()
