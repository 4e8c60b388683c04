# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/parse_python_version.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/read_python_headers.cmake)

#[[
resolve_given_python(<prefix>)

The CPython of the options PYTHON_INCLUDE_DIR and, unless PYTHON_LINK is off, PYTHON_LIBRARY (a shared library, the library of a framework,
or a text-based stub). Sets <prefix>_VERSION, _RELEASE, _INCLUDE and _LIBRARY. Ends the configuration when one is missing, or they are of
different versions, or of another than PYTHON_VERSION. Without that, pyconfig.h says whether it is free-threaded.
]]
function(resolve_given_python prefix)
  parse_python_version("${PYTHON_VERSION}" plain threaded)
  string(REGEX REPLACE "/$" "" include "${PYTHON_INCLUDE_DIR}")
  if(NOT include)
    message(FATAL_ERROR "PYTHON_LIBRARY is ${PYTHON_LIBRARY}, but PYTHON_INCLUDE_DIR is not given. Pass -DPYTHON_INCLUDE_DIR=DIR with the headers "
                        "of the same CPython, such as .../include/python3.13")
  endif()
  read_python_headers("${include}" headers)
  require_python_version("${headers_VERSION}")
  if(plain AND NOT plain VERSION_EQUAL headers_VERSION)
    message(FATAL_ERROR "The headers in ${include} are of CPython ${headers_RELEASE}, but PYTHON_VERSION is ${PYTHON_VERSION}. Pass "
                        "-DPYTHON_VERSION=${headers_VERSION}, or the headers of a CPython ${plain}")
  endif()
  read_python_threading("${include}" threading)
  if(NOT plain AND threading STREQUAL "t")
    set(threaded t)
  elseif(threading STREQUAL "t" AND NOT threaded)
    message(FATAL_ERROR "The headers in ${include} are of CPython ${plain}t (${headers_RELEASE}, free-threaded), but PYTHON_VERSION is ${PYTHON_VERSION}. "
                        "Pass -DPYTHON_VERSION=${plain}t, or the headers of a CPython ${plain}")
  elseif(threading STREQUAL "gil" AND threaded)
    message(FATAL_ERROR "The headers in ${include} are of CPython ${plain} (${headers_RELEASE}, with the GIL), but PYTHON_VERSION is ${PYTHON_VERSION}. "
                        "Pass -DPYTHON_VERSION=${plain}, or the headers of a CPython ${plain}t")
  endif()
  set(library "")
  if(PYTHON_LINK)
    find_given_library("${headers_VERSION}" "${headers_VERSION}${threaded}" library)
  endif()
  set(${prefix}_VERSION "${headers_VERSION}${threaded}" PARENT_SCOPE)
  set(${prefix}_RELEASE "${headers_RELEASE}" PARENT_SCOPE)
  set(${prefix}_INCLUDE "${include}" PARENT_SCOPE)
  set(${prefix}_LIBRARY "${library}" PARENT_SCOPE)
endfunction()

# find_given_library(<plain> <version> <variable>): checks PYTHON_LIBRARY against the version of the headers.
function(find_given_library plain version variable)
  if(NOT PYTHON_LIBRARY)
    message(FATAL_ERROR "PYTHON_INCLUDE_DIR is ${PYTHON_INCLUDE_DIR}, but PYTHON_LIBRARY is not given. Pass -DPYTHON_LIBRARY=FILE with the shared "
                        "library of the same CPython, such as .../libpython${version}.so or .../libpython${version}.dylib, or -DPYTHON_LINK=OFF "
                        "for a plugin that the loader completes")
  endif()
  if(NOT EXISTS "${PYTHON_LIBRARY}" OR IS_DIRECTORY "${PYTHON_LIBRARY}")
    set(hint "")
    if(PYTHON_LIBRARY MATCHES "\\.framework")
      set(hint " The library of a framework is a file without suffix: Python.framework/Versions/${plain}/Python")
    endif()
    message(FATAL_ERROR "PYTHON_LIBRARY is ${PYTHON_LIBRARY}, which is not a file.${hint}")
  endif()
  if(PYTHON_LIBRARY MATCHES "\\.a$")
    message(FATAL_ERROR "PYTHON_LIBRARY is ${PYTHON_LIBRARY}, a static library, whose Python C extension modules could not use. Pass the shared one")
  endif()
  file(STRINGS "${PYTHON_LIBRARY}" entry REGEX "Py_InitializeFromConfig" LIMIT_COUNT 1)
  if(NOT entry)
    message(FATAL_ERROR "PYTHON_LIBRARY is ${PYTHON_LIBRARY}, which is not a library of CPython: it has no Py_InitializeFromConfig. Pass the shared "
                        "library of CPython ${version}, such as .../libpython${version}.so")
  endif()
  read_python_library_version("${PYTHON_LIBRARY}" found)
  if(found AND NOT found STREQUAL version)
    message(FATAL_ERROR "PYTHON_LIBRARY is ${PYTHON_LIBRARY}, of CPython ${found}, but the headers in ${PYTHON_INCLUDE_DIR} are of CPython ${version}. "
                        "Pass the two of one CPython")
  endif()
  set(${variable} "${PYTHON_LIBRARY}" PARENT_SCOPE)
endfunction()
