# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

set(ORTHANC_PYTHON_OLDEST 3.10)  # nanobind 3's
set(ORTHANC_PYTHON_OLDEST_FREE_THREADED 3.13)  # PEP 703

#[[
parse_python_version(<text> <plain> <threaded>)

Checks a PYTHON_VERSION such as "3.13", or "3.13t" for a free-threaded CPython. Sets <plain> to "3.13" and <threaded> to "t" or "".
An empty text means this machine's python3, and sets both to "". Ends the configuration when the text is malformed, or the
version older than the oldest that nanobind supports.
]]
function(parse_python_version text plain threaded)
  if(text STREQUAL "")
    set(${plain} "" PARENT_SCOPE)
    set(${threaded} "" PARENT_SCOPE)
    return()
  endif()
  if(NOT text MATCHES "^(3\\.[0-9]+)(t?)$")
    message(FATAL_ERROR "PYTHON_VERSION is \"${text}\"; it must be like 3.13, or 3.14t for a free-threaded CPython, or be left out for "
                        "this machine's python3")
  endif()
  set(number ${CMAKE_MATCH_1})
  set(suffix ${CMAKE_MATCH_2})
  require_python_version("${number}")
  if(suffix AND number VERSION_LESS ORTHANC_PYTHON_OLDEST_FREE_THREADED)
    message(FATAL_ERROR "There is no free-threaded CPython ${number}: the first is ${ORTHANC_PYTHON_OLDEST_FREE_THREADED}t. Pass "
                        "-DPYTHON_VERSION=${number}, or ${ORTHANC_PYTHON_OLDEST_FREE_THREADED}t or later")
  endif()
  set(${plain} "${number}" PARENT_SCOPE)
  set(${threaded} "${suffix}" PARENT_SCOPE)
endfunction()

#[[
require_python_version(<version>)

Ends the configuration when CPython <version> is too old.
]]
function(require_python_version version)
  if(NOT version VERSION_LESS ORTHANC_PYTHON_OLDEST)
    return()
  endif()
  set(known "")
  if(COMMAND describe_interpreters) # of find_interpreter.cmake, where there is a machine to look at
    describe_interpreters(known)
    set(known ". This machine has:${known}")
  endif()
  message(FATAL_ERROR "CPython ${version} is too old: the plugin needs ${ORTHANC_PYTHON_OLDEST} or later. Pass -DPYTHON_VERSION of one, or install "
                      "one${known}")
endfunction()
