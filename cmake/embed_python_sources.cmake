# SPDX-License-Identifier: GPL-3.0-or-later
# Also a script: cmake -DOUTPUT=FILE -DSOURCES=FILE;... -P embed_python_sources.cmake writes the file of the function below.

#[[
embed_python_sources(<variable> <file.py>...)

Has the Python files put into one C++ file as arrays of bytes, whenever one changes.
Sets <variable> to that C++ file, which defines what src/plugin/python_sources.h declares.
]]
function(embed_python_sources variable)
  set(output ${PROJECT_BINARY_DIR}/generated/embedded_python.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DSOURCES=${ARGN}" -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${ARGN} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    COMMENT "Embedding the plugin's Python code"
    VERBATIM)
  # A command that two targets have waits only for what both wait for: without this one, the compilation would wait for libnanobind.
  add_custom_target(${variable}_sources DEPENDS ${output})
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

#[[
write_embedded_sources(<output> <file.py>...)

Writes the C++ file. Arrays of bytes, because compilers limit the length of string literals.
]]
function(write_embedded_sources output)
  set(arrays "")
  set(entries "")
  foreach(source IN LISTS ARGN)
    get_filename_component(name ${source} NAME_WE)
    file(READ ${source} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char ${name}_text[] = {${bytes}0};\n")
    string(APPEND entries "    {\"${name}\", reinterpret_cast<const char*>(${name}_text), sizeof(${name}_text) - 1},\n")
  endforeach()
  list(LENGTH ARGN count)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[// Made by cmake/embed_python_sources.cmake.
#include "python_sources.h"

namespace orthanc_python {

@arrays@
const embedded_source embedded_sources[] = {
@entries@};
const std::size_t embedded_sources_count = @count@;

}  // namespace orthanc_python
]])
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  write_embedded_sources(${OUTPUT} ${SOURCES})
endif()
