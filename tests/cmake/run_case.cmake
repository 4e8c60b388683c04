# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one case of one file in a fresh folder WORK and judges it: see add_case in CMakeLists.txt.
cmake_minimum_required(VERSION 3.24)

if(INSIDE)
  set(MODULES ${CMAKE_CURRENT_LIST_DIR}/../../cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/assertions.cmake)
  include(${FILE})
  return()
endif()

set(ENV{CMAKE_GENERATOR} Ninja)  # a minimal system has no make
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
execute_process(
  COMMAND ${CMAKE_COMMAND} -DINSIDE=ON -DFILE=${FILE} -DCASE=${CASE} -DWORK=${WORK} -P ${CMAKE_CURRENT_LIST_FILE}
  WORKING_DIRECTORY ${WORK}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)

if(MESSAGE STREQUAL "")
  if(NOT status STREQUAL "0")
    message(FATAL_ERROR "The case failed:\n${output}")
  endif()
  return()
endif()
string(REGEX REPLACE "[ \n]+" " " flat "${output}")
if(status STREQUAL "0")
  message(FATAL_ERROR "The case succeeded, but should have failed with: ${MESSAGE}")
elseif(NOT flat MATCHES "${MESSAGE}")
  message(FATAL_ERROR "The case failed with another message than: ${MESSAGE}\n${output}")
endif()
