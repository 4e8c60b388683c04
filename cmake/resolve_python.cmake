# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/find_interpreter.cmake)

#[[
resolve_python(<target>)

Turns the option PYTHON_VERSION into an imported library target: the headers and, with PYTHON_LINK, the shared library of the CPython to embed. Sets
Python_RESOLVED_VERSION ("3.13", "3.14t"), _RELEASE and _EXECUTABLE in the caller's scope, and says what was chosen.
]]
function(resolve_python target)
  find_interpreter("${PYTHON_VERSION}" python)
  if(PYTHON_LINK)
    add_library(${target} SHARED IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${python_LIBRARY}")
  else()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${python_INCLUDE}")
  message(STATUS "CPython ${python_RELEASE}: ${python_EXECUTABLE}, ${python_LIBRARY}")
  foreach(key VERSION RELEASE EXECUTABLE)
    set(Python_RESOLVED_${key} "${python_${key}}" PARENT_SCOPE)
  endforeach()
  set(PYTHON_RESOLVED_EXECUTABLE "${python_EXECUTABLE}" CACHE INTERNAL "For the tests: the interpreter of the plugin's libpython")
endfunction()
