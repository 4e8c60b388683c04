# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
select_windows_library(<prefix> ROOT <dir> NAME <name> [MSVC] [USE_RELEASE_LIBS] CONFIGURATIONS <configuration>...)

Chooses the import libraries of a PYTHON_WINDOWS_ROOT, in its folder libs: <name>.lib, and <name>_d.lib for Debug with MSVC unless
USE_RELEASE_LIBS is given (GNU and LLVM tools do not distinguish them). Sets <prefix>_LIBRARY, <prefix>_DEBUG_LIBRARY, what
Debug links, and <prefix>_DEBUG_DEFINITION: Py_DEBUG when that is a debug build of CPython, else empty. nanobind hides _DEBUG from CPython's
headers unless Py_DEBUG is defined; they would ask for <name>_d.lib, and the debug C runtime's headers, by themselves. Ends the configuration when a library that one of the configurations needs is missing.
]]
function(select_windows_library prefix)
  cmake_parse_arguments(PARSE_ARGV 1 arg "MSVC;USE_RELEASE_LIBS" "ROOT;NAME" "CONFIGURATIONS")
  set(release "${arg_ROOT}/libs/${arg_NAME}.lib")
  set(debug "${release}")
  set(definition "")
  if(arg_MSVC AND NOT arg_USE_RELEASE_LIBS)
    set(definition Py_DEBUG)
    set(debug "${arg_ROOT}/libs/${arg_NAME}_d.lib")
  endif()
  set(others ${arg_CONFIGURATIONS})
  list(REMOVE_ITEM others Debug)
  if("Debug" IN_LIST arg_CONFIGURATIONS AND NOT debug STREQUAL release AND NOT EXISTS "${debug}")
    message(FATAL_ERROR "${debug} is missing, which a Debug build needs with -DPYTHON_WINDOWS_USE_RELEASE_LIBS=OFF. Install Python's debug "
                        "libraries (\"Download debug binaries\" in its installer), or leave that option ON")
  endif()
  if((others OR debug STREQUAL release) AND NOT EXISTS "${release}")
    file(GLOB present RELATIVE "${arg_ROOT}/libs" "${arg_ROOT}/libs/python3?*.lib")
    list(JOIN present ", " present)
    message(FATAL_ERROR "${release} is missing; libs has: ${present}. Is PYTHON_WINDOWS_ROOT of another version than PYTHON_VERSION? An embeddable "
                        "distribution has no libs: make a root of it by windows/python_root.py, or pass -DPYTHON_LIBRARY_NAME with the name of the "
                        "library if it has another")
  endif()
  set(${prefix}_LIBRARY "${release}" PARENT_SCOPE)
  set(${prefix}_DEBUG_LIBRARY "${debug}" PARENT_SCOPE)
  set(${prefix}_DEBUG_DEFINITION "${definition}" PARENT_SCOPE)
endfunction()
