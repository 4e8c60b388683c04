# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/find_interpreter.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/read_library_processor.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/resolve_given_python.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/resolve_wheel_python.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/resolve_windows_python.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/target_processors.cmake)

#[[
resolve_python(<target>)

Turns the options PYTHON_VERSION, PYTHON_LIBRARY, PYTHON_INCLUDE_DIR, PYTHON_LIBRARY_NAME, PYTHON_WINDOWS_ROOT and
PYTHON_WINDOWS_USE_RELEASE_LIBS into an imported target: the headers and, with PYTHON_LINK or for Windows, the library of the CPython
to embed. A wheel embeds the interpreter that builds it, unless it is cross-compiled or linked, or PYTHON_INCLUDE_DIR is another's.
Sets Python_RESOLVED_VERSION ("3.13", "3.14t"), _RELEASE and _EXECUTABLE (empty when it cannot run here) in the caller's scope, and
says what was chosen. Ends the configuration when the library is for another processor than the build.
]]
function(resolve_python target)
  if(WIN32)
    set(wheel_EXECUTABLE "")
    if(SKBUILD AND NOT PYTHON_WINDOWS_ROOT)
      resolve_wheel_python(wheel)
      find_wheel_root("${wheel_INCLUDE}" PYTHON_WINDOWS_ROOT)
      set(PYTHON_VERSION "${wheel_VERSION}") # the headers of Windows do not say whether it is free-threaded
    endif()
    get_property(multiple GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
    if(multiple)
      resolve_windows_python(python CONFIGURATIONS ${CMAKE_CONFIGURATION_TYPES})
    else()
      resolve_windows_python(python CONFIGURATIONS ${CMAKE_BUILD_TYPE})
    endif()
    if(wheel_EXECUTABLE) # that of the root may be for another processor
      set(python_EXECUTABLE "${wheel_EXECUTABLE}")
    endif()
  elseif(SKBUILD AND NOT PYTHON_LINK AND NOT CMAKE_CROSSCOMPILING AND (NOT PYTHON_INCLUDE_DIR OR PYTHON_INCLUDE_DIR STREQUAL Python_INCLUDE_DIR))
    # scikit-build-core gives the interpreter's PYTHON_INCLUDE_DIR, and mostly a PYTHON_LIBRARY. It may be static.
    resolve_wheel_python(python)
    set(python_LIBRARY "") # not linked; on macOS, ARCHFLAGS may ask for another processor
  elseif(PYTHON_LIBRARY OR PYTHON_INCLUDE_DIR)
    resolve_given_python(python)
  elseif(CMAKE_CROSSCOMPILING)
    message(FATAL_ERROR "A build for another system needs -DPYTHON_INCLUDE_DIR=DIR with the headers of a CPython, and -DPYTHON_LIBRARY=FILE with "
                        "its shared library or -DPYTHON_LINK=OFF")
  else()
    find_interpreter("${PYTHON_VERSION}" python)
  endif()
  target_processors(processors)
  check_library_processors("${python_LIBRARY}" "${processors}")
  add_python_target(${target} python)
  message(STATUS "CPython ${python_RELEASE}: ${python_INCLUDE}, ${python_LIBRARY}")
  foreach(key VERSION RELEASE EXECUTABLE)
    set(Python_RESOLVED_${key} "${python_${key}}" PARENT_SCOPE)
  endforeach()
  set(PYTHON_RESOLVED_EXECUTABLE "${python_EXECUTABLE}" CACHE INTERNAL "For the tests: the interpreter of the plugin's libpython")
endfunction()

#[[
check_library_processors(<library> <processors>)

Ends the configuration when the library, if it is given and its format known, lacks one of the processors.
]]
function(check_library_processors library processors)
  if(NOT library)
    return()
  endif()
  read_library_processor("${library}" found)
  foreach(processor IN LISTS processors)
    if(found AND NOT processor IN_LIST found)
      list(JOIN found ", " found)
      message(FATAL_ERROR "${library} is for ${found}, but this build is for ${processor}. Pass a CPython for ${processor}, or build for ${found} (Visual "
                          "Studio: -A x64, Win32 or ARM64; macOS: -DCMAKE_OSX_ARCHITECTURES=...)")
    endif()
  endforeach()
endfunction()

# add_python_target(<target> <prefix>): the imported target of what <prefix>_… describes.
function(add_python_target target prefix)
  if(WIN32)
    add_library(${target} SHARED IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_IMPLIB "${${prefix}_LIBRARY}" IMPORTED_IMPLIB_DEBUG "${${prefix}_DEBUG_LIBRARY}")
    target_compile_definitions(${target} INTERFACE $<$<CONFIG:Debug>:${${prefix}_DEBUG_DEFINITION}>)
    target_link_options(${target} INTERFACE ${${prefix}_LINK_OPTIONS})
  elseif(PYTHON_LINK)
    add_library(${target} SHARED IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${${prefix}_LIBRARY}")
  else()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${${prefix}_INCLUDE}")
  if(${prefix}_VERSION MATCHES "t$")
    # The headers of Windows serve both kinds; elsewhere pyconfig.h says the same.
    target_compile_definitions(${target} INTERFACE Py_GIL_DISABLED=1)
  endif()
endfunction()
