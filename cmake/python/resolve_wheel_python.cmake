# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/find_interpreter.cmake)

#[[
resolve_wheel_python(<prefix>)

Finds the CPython that builds the wheel, named by scikit-build-core in Python_EXECUTABLE, and no other of its version. Sets the variables of
probe_interpreter. A shared libpython is not asked for: the wheel has none, and the machines that build wheels often have none either.
Ends the configuration when the headers are missing.
]]
function(resolve_wheel_python prefix)
  probe_interpreter("${Python_EXECUTABLE}" found)
  if(NOT found_VERSION)
    message(FATAL_ERROR "The interpreter that builds the wheel, ${Python_EXECUTABLE}, cannot be run")
  endif()
  string(REPLACE "t" "" number "${found_VERSION}")
  require_python_version("${number}")
  if(NOT EXISTS "${found_INCLUDE}/Python.h")
    check_development_files(found "${Python_EXECUTABLE}" problem)
    message(FATAL_ERROR "${problem}")
  endif()
  foreach(key VERSION RELEASE EXECUTABLE INCLUDE LIBRARY BITS)
    set(${prefix}_${key} "${found_${key}}" PARENT_SCOPE)
  endforeach()
endfunction()
