# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/parse_python_version.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/read_python_headers.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/select_windows_library.cmake)

#[[
resolve_windows_python(<prefix> [CONFIGURATIONS <configuration>...])

Finds a CPython for Windows in PYTHON_WINDOWS_ROOT, laid out as python.org's installer does (include, libs), or, on Windows and without
that, in the registry (PEP 514). PYTHON_LIBRARY_NAME is the library's name if it is not python313 or the like. Sets <prefix>_VERSION,
_RELEASE, _INCLUDE, _LIBRARY, _DEBUG_LIBRARY, _DEBUG_DEFINITION (see select_windows_library) and _EXECUTABLE, empty if the root has none.
Ends the configuration when something is missing or of another version than PYTHON_VERSION.
]]
function(resolve_windows_python prefix)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "CONFIGURATIONS")
  parse_python_version("${PYTHON_VERSION}" plain threaded)
  file(TO_CMAKE_PATH "${PYTHON_WINDOWS_ROOT}" root)
  if(NOT root)
    find_registered_python("${PYTHON_VERSION}" root)
  endif()
  foreach(folder include libs)
    if(NOT IS_DIRECTORY "${root}/${folder}")
      message(FATAL_ERROR "PYTHON_WINDOWS_ROOT is ${root}, which has no folder ${folder}. Pass the folder of a Python that python.org's installer "
                          "has made, such as C:/Python313, or one that windows/python_root.py has assembled")
    endif()
  endforeach()
  read_python_headers("${root}/include" headers)
  require_python_version("${headers_VERSION}")
  if(plain AND NOT plain VERSION_EQUAL headers_VERSION)
    message(FATAL_ERROR "PYTHON_WINDOWS_ROOT is ${root}, which has CPython ${headers_RELEASE}, but PYTHON_VERSION is ${PYTHON_VERSION}. Pass "
                        "-DPYTHON_VERSION=${headers_VERSION}, or the root of a CPython ${plain}")
  endif()
  if(PYTHON_LIBRARY_NAME)
    set(name "${PYTHON_LIBRARY_NAME}")
  else()
    string(REPLACE "." "" name "python${headers_VERSION}${threaded}")
  endif()
  set(options "")
  if(MSVC)
    list(APPEND options MSVC)
  endif()
  if(PYTHON_WINDOWS_USE_RELEASE_LIBS)
    list(APPEND options USE_RELEASE_LIBS)
  endif()
  select_windows_library(selected ROOT "${root}" NAME "${name}" ${options} CONFIGURATIONS ${arg_CONFIGURATIONS})
  foreach(key LIBRARY DEBUG_LIBRARY DEBUG_DEFINITION)
    set(${prefix}_${key} "${selected_${key}}" PARENT_SCOPE)
  endforeach()
  set(executable "")
  if(CMAKE_HOST_WIN32 AND EXISTS "${root}/python.exe")
    set(executable "${root}/python.exe")
  endif()
  set(${prefix}_VERSION "${headers_VERSION}${threaded}" PARENT_SCOPE)
  set(${prefix}_RELEASE "${headers_RELEASE}" PARENT_SCOPE)
  set(${prefix}_INCLUDE "${root}/include" PARENT_SCOPE)
  set(${prefix}_EXECUTABLE "${executable}" PARENT_SCOPE)
endfunction()

#[[
find_registered_python(<version> <variable>)

Sets <variable> to the folder of the CPython of that version ("3.13", "3.14t"; empty: the newest) that the registry of Windows knows.
Ends the configuration when there is none.
]]
function(find_registered_python version variable)
  set(root "")
  set(known "")
  if(CMAKE_HOST_WIN32)
    foreach(hive HKCU HKLM)
      set(key "${hive}/Software/Python/PythonCore")
      cmake_host_system_information(RESULT tags QUERY WINDOWS_REGISTRY "${key}" SUBKEYS VIEW BOTH)
      list(SORT tags COMPARE NATURAL ORDER DESCENDING)
      foreach(tag IN LISTS tags)
        cmake_host_system_information(RESULT folder QUERY WINDOWS_REGISTRY "${key}/${tag}/InstallPath" VIEW BOTH)
        string(APPEND known "\n  ${tag}  ${folder}")
        # The tag of a 32-bit Python ends with -32: the processor is compared later.
        if(folder AND NOT root AND (version STREQUAL "" OR tag MATCHES "^${version}(-32|-arm64)?$"))
          file(TO_CMAKE_PATH "${folder}" root)
          string(REGEX REPLACE "/$" "" root "${root}")
        endif()
      endforeach()
    endforeach()
    if(NOT root)
      message(FATAL_ERROR "There is no CPython ${version} in Windows' registry. Install it from python.org, or pass -DPYTHON_WINDOWS_ROOT=DIR "
                          "with its folder. The registry has:${known}")
    endif()
  else()
    message(FATAL_ERROR "A build for Windows needs -DPYTHON_WINDOWS_ROOT=DIR: the folder of a Python for Windows with include and libs, "
                        "which windows/python_root.py can assemble")
  endif()
  set(${variable} "${root}" PARENT_SCOPE)
endfunction()
