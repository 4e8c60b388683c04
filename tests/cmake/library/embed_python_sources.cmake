# SPDX-License-Identifier: GPL-3.0-or-later
# The bytes that reach the C++ file are those of the Python file, also where a string literal would need care.
if(CASE STREQUAL "dependency") # Xcode refuses a command of two targets of which neither waits for the other, and make could run it twice at once
  file(WRITE ${WORK}/project/CMakeLists.txt "
cmake_minimum_required(VERSION 3.24)
project(Noted LANGUAGES CXX)
include(${MODULES}/library/embed_python_sources.cmake)
file(WRITE \${CMAKE_CURRENT_SOURCE_DIR}/module.cpp \"\")
add_library(plugin MODULE module.cpp)
embed_python_sources(plugin embedded \"\" source.py)
get_target_property(sources plugin SOURCES)
get_target_property(dependencies plugin MANUALLY_ADDED_DEPENDENCIES)
file(RELATIVE_PATH embedded \${PROJECT_BINARY_DIR} \${embedded})
list(GET sources -1 last)
file(RELATIVE_PATH last \${PROJECT_BINARY_DIR} \${last})
file(WRITE ${WORK}/found.txt \"\${embedded}|\${last}|\${dependencies}\")
")
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${WORK}/found.txt found)
  expect("${found}" "generated/embedded_python.cpp|generated/embedded_python.cpp|embedded_sources")
  return()
endif()

find_program(python NAMES python3 python REQUIRED)
set(WORK ${WORK}/Jürgen) # a folder outside of ASCII
file(WRITE ${WORK}/first.py "print(\"\\n\")  # é\n")
file(WRITE ${WORK}/second.py "")
file(WRITE ${WORK}/page.html "<p>no Python</p>\n")
file(WRITE ${WORK}/sources.txt "${WORK}/first.py\n${WORK}/second.py\n${WORK}/page.html\n")
if(CASE STREQUAL "sources")
  set(interpreter "")
elseif(CASE STREQUAL "bytecode")
  set(interpreter ${python})
elseif(CASE STREQUAL "no_interpreter")
  set(interpreter ${WORK}/absent)
endif()

# write_sources(<file>): a process of its own, as in a build.
function(write_sources file)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${file} -DLIST=${WORK}/sources.txt "-DPYTHON=${interpreter}"
            -P ${MODULES}/library/embed_python_sources.cmake
    ERROR_VARIABLE warning
    COMMAND_ERROR_IS_FATAL ANY)
  set(warning "${warning}" PARENT_SCOPE)
endfunction()

# read_array(<name> <variable>): the hexadecimal digits of an array in the C++ file.
function(read_array name variable)
  if(NOT text MATCHES "${name}\\[\\] = {([^}]*)}")
    message(FATAL_ERROR "the array ${name} is missing:\n${text}")
  endif()
  string(REGEX REPLACE "0x|," "" bytes "${CMAKE_MATCH_1}")
  set(${variable} "${bytes}" PARENT_SCOPE)
endfunction()

write_sources(${WORK}/embedded.cpp)
file(READ ${WORK}/embedded.cpp text)
read_array(first_text found)
file(READ ${WORK}/first.py expected HEX)
expect("${found}" "${expected}0")
read_array(page_html_text found)
file(READ ${WORK}/page.html expected HEX)
expect("${found}" "${expected}0")
if(NOT text MATCHES "first_text[^,]*, sizeof\\(first_text\\) - 1,") # without the zero at the end
  message(FATAL_ERROR "the size is wrong:\n${text}")
endif()
if(NOT text MATCHES "{\"first\", .*{\"second\", .*{\"page.html\", .* nullptr, 0},.*embedded_sources_count = 3;")
  message(FATAL_ERROR "the entries are not in their order:\n${text}")
endif()

if(CASE STREQUAL "bytecode")
  execute_process(COMMAND ${python} -c "import importlib.util as u; print(int.from_bytes(u.MAGIC_NUMBER, 'little'))"
    OUTPUT_VARIABLE magic OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT text MATCHES "embedded_magic_number = ${magic};")
    message(FATAL_ERROR "the magic number is not ${magic}:\n${text}")
  endif()
  read_array(first_bytecode found)
  execute_process(COMMAND ${python} -c "import marshal, sys; exec(marshal.loads(bytes.fromhex(sys.argv[1])))" ${found}
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  expect("${printed}" "\n\n")
  write_sources(${WORK}/again.cpp)
  file(READ ${WORK}/again.cpp again)
  expect("${again}" "${text}")
else()
  if(text MATCHES "_bytecode" OR NOT text MATCHES "embedded_magic_number = 0;")
    message(FATAL_ERROR "there is bytecode without an interpreter:\n${text}")
  endif()
endif()
string(REGEX REPLACE "[ \n]+" " " warning "${warning}") # CMake breaks lines by the length of the path
if(CASE STREQUAL "no_interpreter" AND NOT warning MATCHES "absent cannot compile the plugin's Python code")
  message(FATAL_ERROR "there is no warning: ${warning}")
endif()
