# SPDX-License-Identifier: GPL-3.0-or-later
# Also a script: cmake -DOUTPUT=FILE -DLIST=FILE [-DPYTHON=FILE] -P embed_python_sources.cmake writes the file of the function below. LIST has a
# line for each source: Windows' commands have at most 8,191 characters.

#[[
embed_python_sources(<target> <variable> <interpreter> <file>...)

Has the files put into one C++ file of the target as arrays of bytes, whenever one changes. With an interpreter (it may be
empty), the bytecode of the Python files is put there too. A Python file is named by its stem there, another one, such as a
page of HTML, by its whole name.
Sets <variable> to that C++ file. It defines the variables that src/plugin/embedded/python_sources.h declares.
]]
function(embed_python_sources target variable interpreter)
  set(output ${PROJECT_BINARY_DIR}/generated/embedded_python.cpp)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(JOIN ARGN "\n" lines)
  file(CONFIGURE OUTPUT ${output}.txt CONTENT "${lines}\n" @ONLY NEWLINE_STYLE LF)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DLIST=${output}.txt "-DPYTHON=${interpreter}" -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${ARGN} ${output}.txt ${CMAKE_CURRENT_FUNCTION_LIST_FILE} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/compile_python_sources.py
    COMMENT "Embedding the plugin's Python code"
    VERBATIM)
  # A command that two targets have waits only for what both wait for: without this one, the compilation would wait for libnanobind.
  add_custom_target(${variable}_sources DEPENDS ${output})
  # Else Xcode refuses the command, and make runs it twice at once.
  add_dependencies(${target} ${variable}_sources)
  target_sources(${target} PRIVATE ${output})
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

#[[
compile_python_sources(<interpreter> <folder> <variable> <file.py>...)

Writes <folder>/<stem>.bytecode of each file, and sets <variable> to the interpreter's magic number; to 0, without any file, when there is no
interpreter or it cannot compile them. The hash seed decides the order of sets in the bytecode.
]]
function(compile_python_sources interpreter folder variable)
  set(${variable} 0 PARENT_SCOPE)
  if(NOT interpreter)
    return()
  endif()
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env PYTHONHASHSEED=0 "${interpreter}" -S -B
            ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/compile_python_sources.py ${folder} ${ARGN}
    OUTPUT_VARIABLE number OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_VARIABLE error
    RESULT_VARIABLE status)
  if(status STREQUAL "0")
    set(${variable} ${number} PARENT_SCOPE)
  else()
    message(WARNING "${interpreter} cannot compile the plugin's Python code, which the plugin compiles at each start instead:\n${error}")
  endif()
endfunction()

#[[
write_embedded_sources(<output> <interpreter> <file>...)

Writes the C++ file. Arrays of bytes, because compilers limit the length of string literals.
]]
function(write_embedded_sources output interpreter)
  set(folder ${output}.d)
  set(python_files ${ARGN})
  list(FILTER python_files INCLUDE REGEX "\\.py$")
  compile_python_sources("${interpreter}" ${folder} magic_number ${python_files})
  set(arrays "")
  set(entries "")
  foreach(source IN LISTS ARGN)
    get_filename_component(name ${source} NAME)
    string(REGEX REPLACE "\\.py$" "" name ${name})
    string(MAKE_C_IDENTIFIER ${name} array)
    file(READ ${source} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char ${array}_text[] = {${bytes}0};\n")
    set(bytecode "nullptr, 0")
    if(magic_number AND source MATCHES "\\.py$")
      file(READ ${folder}/${name}.bytecode bytes HEX)
      string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
      string(APPEND arrays "static const unsigned char ${array}_bytecode[] = {${bytes}};\n")
      set(bytecode "reinterpret_cast<const char*>(${array}_bytecode), sizeof(${array}_bytecode)")
    endif()
    string(APPEND entries "    {\"${name}\", reinterpret_cast<const char*>(${array}_text), sizeof(${array}_text) - 1, ${bytecode}},\n")
  endforeach()
  list(LENGTH ARGN count)
  file(CONFIGURE OUTPUT ${output} @ONLY NEWLINE_STYLE LF CONTENT [[// Made by cmake/library/embed_python_sources.cmake.
#include "embedded/python_sources.h"

namespace orthanc_python {

@arrays@
const embedded_source embedded_sources[] = {
@entries@};
const std::size_t embedded_sources_count = @count@;
const long embedded_magic_number = @magic_number@;

}  // namespace orthanc_python
]])
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(STRINGS ${LIST} sources ENCODING UTF-8)
  write_embedded_sources(${OUTPUT} "${PYTHON}" ${sources})
endif()
