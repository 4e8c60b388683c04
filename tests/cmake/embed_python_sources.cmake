# SPDX-License-Identifier: GPL-3.0-or-later
# The bytes that reach the C++ file are those of the Python file, also where a string literal would need care.
file(WRITE ${WORK}/first.py "print(\"\\n\")  # é\n")
file(WRITE ${WORK}/second.py "")
execute_process(
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${WORK}/embedded.cpp "-DSOURCES=${WORK}/first.py;${WORK}/second.py"
          -P ${MODULES}/embed_python_sources.cmake
  COMMAND_ERROR_IS_FATAL ANY)
file(READ ${WORK}/embedded.cpp text)
if(NOT text MATCHES "first_text\\[\\] = {([^}]*)0};")
  message(FATAL_ERROR "the array is missing:\n${text}")
endif()
string(REGEX REPLACE "0x|," "" bytes "${CMAKE_MATCH_1}")
file(READ ${WORK}/first.py expected HEX)
expect("${bytes}" "${expected}")
if(NOT text MATCHES "{\"first\", .*{\"second\", .*embedded_sources_count = 2;")
  message(FATAL_ERROR "the entries are not in their order:\n${text}")
endif()
