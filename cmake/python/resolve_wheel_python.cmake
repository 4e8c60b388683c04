# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/find_interpreter.cmake)

#[[
resolve_wheel_python(<prefix>)

Finds the CPython that builds the wheel, named by scikit-build-core in Python_EXECUTABLE, and no other of its version. Sets the variables of
probe_interpreter. A shared libpython is not asked for: the wheel has none, and the machines that build wheels often have none either.
Ends the configuration when the headers are missing, or PYTHON_VERSION is another.
]]
function(resolve_wheel_python prefix)
  probe_interpreter("${Python_EXECUTABLE}" found)
  if(NOT found_VERSION)
    message(FATAL_ERROR "The interpreter that builds the wheel, ${Python_EXECUTABLE}, cannot be run")
  endif()
  string(REPLACE "t" "" number "${found_VERSION}")
  require_python_version("${number}")
  parse_python_version("${PYTHON_VERSION}" plain threaded)
  if(PYTHON_VERSION AND NOT PYTHON_VERSION STREQUAL found_VERSION)
    message(FATAL_ERROR "The interpreter that builds the wheel, ${Python_EXECUTABLE}, is CPython ${found_VERSION}, but PYTHON_VERSION is "
                        "${PYTHON_VERSION}. Build the wheel by a CPython ${PYTHON_VERSION}, or leave that option out")
  endif()
  if(NOT EXISTS "${found_INCLUDE}/Python.h")
    check_development_files(found "${Python_EXECUTABLE}" problem)
    message(FATAL_ERROR "${problem}")
  endif()
  foreach(key VERSION RELEASE EXECUTABLE INCLUDE LIBRARY BITS)
    set(${prefix}_${key} "${found_${key}}" PARENT_SCOPE)
  endforeach()
endfunction()

#[[
find_wheel_root(<include> <variable>)

Sets <variable> to the PYTHON_WINDOWS_ROOT of the CPython that a wheel is for. It is the folder of PYTHON_LIBRARY's libs, which scikit-build-core
takes from DIST_EXTRA_CONFIG: cibuildwheel builds for ARM 64 on x86_64 so. Without headers there, it is that of the interpreter's <include>.
]]
function(find_wheel_root include variable)
  get_filename_component(root "${include}" DIRECTORY)
  if(PYTHON_LIBRARY)
    get_filename_component(other "${PYTHON_LIBRARY}/../.." ABSOLUTE)
    if(EXISTS "${other}/include/Python.h")
      set(root "${other}")
    endif()
  endif()
  set(${variable} "${root}" PARENT_SCOPE)
endfunction()
