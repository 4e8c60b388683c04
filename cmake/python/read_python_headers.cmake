# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
read_python_headers(<include> <prefix>)

Sets <prefix>_RELEASE ("3.13.1") and <prefix>_VERSION ("3.13") of CPython's headers. Ends the configuration when they are not there.
]]
function(read_python_headers include prefix)
  if(NOT EXISTS "${include}/Python.h" OR NOT EXISTS "${include}/patchlevel.h")
    message(FATAL_ERROR "There are no headers of CPython in ${include}: Python.h or patchlevel.h is missing. Pass -DPYTHON_INCLUDE_DIR=DIR "
                        "with the folder that contains them, such as .../include/python3.13")
  endif()
  file(STRINGS "${include}/patchlevel.h" lines REGEX "define PY_VERSION ")
  if(NOT lines MATCHES "\"((3\\.[0-9]+)[^\"]*)\"")
    message(FATAL_ERROR "${include}/patchlevel.h does not say the version of a CPython 3")
  endif()
  set(${prefix}_RELEASE "${CMAKE_MATCH_1}" PARENT_SCOPE)
  set(${prefix}_VERSION "${CMAKE_MATCH_2}" PARENT_SCOPE)
endfunction()

#[[
read_python_threading(<include> <variable>)

Sets <variable> to "t" if CPython's pyconfig.h is of a free-threaded build, to "gil" if it is of another, and to "" if it does not say:
before 3.13, and where Debian's includes that of the processor.
]]
function(read_python_threading include variable)
  set(found "")
  if(EXISTS "${include}/pyconfig.h")
    file(STRINGS "${include}/pyconfig.h" lines REGEX "(define|undef)[ \t]+Py_GIL_DISABLED")
    if(lines MATCHES "#[ \t]*define[ \t]+Py_GIL_DISABLED[ \t]+1")
      set(found t)
    elseif(lines)
      set(found gil)
    endif()
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

#[[
read_python_library_version(<path> <variable>)

Sets <variable> to the version in the name of a libpython ("3.13", "3.14t"), or to "" if there is none in it.
]]
function(read_python_library_version path variable)
  set(found "")
  if(path MATCHES "Python(T?)\\.framework/Versions/(3\\.[0-9]+)")
    string(TOLOWER "${CMAKE_MATCH_2}${CMAKE_MATCH_1}" found)
  else()
    get_filename_component(name "${path}" NAME)
    if(name MATCHES "python3\\.?([0-9]+)(t?)")
      set(found "3.${CMAKE_MATCH_1}${CMAKE_MATCH_2}")
    endif()
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()
