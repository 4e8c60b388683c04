# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/parse_python_version.cmake)

set(ORTHANC_PYTHON_PROBE ${CMAKE_CURRENT_LIST_DIR}/interpreter_probe.py)

#[[
probe_interpreter(<executable> <prefix>)

Asks an interpreter about itself. Sets <prefix>_VERSION ("3.13", "3.14t"), _RELEASE ("3.13.1"), _EXECUTABLE, _INCLUDE, _LIBRARY (the
shared libpython, or empty; named by PYTHON_LIBRARY_NAME if that is set) and _BITS; sets <prefix>_VERSION to "" when it cannot be run, as pyenv's shims of inactive versions.
]]
function(probe_interpreter executable prefix)
  set(keys VERSION RELEASE EXECUTABLE INCLUDE LIBRARY BITS)
  foreach(key IN LISTS keys)
    set(found_${key} "")
  endforeach()
  execute_process(
    COMMAND "${executable}" ${ORTHANC_PYTHON_PROBE} ${PYTHON_LIBRARY_NAME}
    OUTPUT_VARIABLE answer
    RESULT_VARIABLE status
    ERROR_QUIET
    TIMEOUT 30)
  if(status STREQUAL "0")
    foreach(key IN LISTS keys)
      string(TOLOWER ${key} name)
      if(answer MATCHES "(^|\n)${name}=([^\r\n]*)")
        set(found_${key} "${CMAKE_MATCH_2}")
      endif()
    endforeach()
  endif()
  foreach(key IN LISTS keys)
    set(${prefix}_${key} "${found_${key}}" PARENT_SCOPE)
  endforeach()
endfunction()

#[[
list_interpreters(<version> <variable>)

Sets <variable> to the paths at which an interpreter of that version may be, in the order in which they are to be tried: PATH, the
versions of pyenv, the system's folders. An empty version means python3 on PATH.
]]
function(list_interpreters version variable)
  file(TO_CMAKE_PATH "$ENV{PATH}" folders)
  set(found "")
  if(version STREQUAL "")
    set(names python3)
  else()
    set(names python${version})
    if(DEFINED ENV{PYENV_ROOT})
      set(pyenv "$ENV{PYENV_ROOT}")
    else()
      set(pyenv "$ENV{HOME}/.pyenv")
    endif()
    string(REGEX MATCH "t$" threaded "${version}")
    string(REPLACE "t" "" plain "${version}")
    file(GLOB versions "${pyenv}/versions/${plain}.*${threaded}/bin")
    list(SORT versions COMPARE NATURAL ORDER DESCENDING)
    list(APPEND folders ${versions} /usr/local/bin /usr/bin)
  endif()
  foreach(folder IN LISTS folders)
    foreach(name IN LISTS names)
      if(EXISTS "${folder}/${name}" AND NOT IS_DIRECTORY "${folder}/${name}")
        list(APPEND found "${folder}/${name}")
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

#[[
describe_interpreters(<variable>)

Sets <variable> to a text with the release and path of every interpreter that can be found and is not too old, a line each, for error
messages.
]]
function(describe_interpreters variable)
  set(lines "")
  set(seen "")
  foreach(version "" 3.15t 3.15 3.14t 3.14 3.13t 3.13 3.12 3.11 3.10)
    list_interpreters("${version}" paths)
    foreach(path IN LISTS paths)
      probe_interpreter("${path}" each)
      string(REPLACE "t" "" number "${each_VERSION}")
      if(number VERSION_GREATER_EQUAL ORTHANC_PYTHON_OLDEST AND NOT each_EXECUTABLE IN_LIST seen)
        list(APPEND seen "${each_EXECUTABLE}")
        string(APPEND lines "\n  ${each_RELEASE}  ${each_EXECUTABLE}")
      endif()
    endforeach()
  endforeach()
  if(lines STREQUAL "")
    set(lines " none")
  endif()
  set(${variable} "${lines}" PARENT_SCOPE)
endfunction()

#[[
find_interpreter(<version> <prefix>)

Finds the interpreter of that version ("3.13", "3.14t"; empty: this machine's python3) which has headers and a shared libpython, and
sets the variables of probe_interpreter. Ends the configuration with what to install when there is none.
]]
function(find_interpreter version prefix)
  parse_python_version("${version}" plain threaded)
  list_interpreters("${version}" paths)
  set(problem "")
  foreach(path IN LISTS paths)
    probe_interpreter("${path}" found)
    if(NOT found_VERSION OR (version AND NOT found_VERSION STREQUAL version))
      continue()
    endif()
    string(REPLACE "t" "" number "${found_VERSION}")
    require_python_version("${number}")
    check_development_files(found "${path}" problem_here)
    if(problem_here STREQUAL "")
      foreach(key VERSION RELEASE EXECUTABLE INCLUDE LIBRARY BITS)
        set(${prefix}_${key} "${found_${key}}" PARENT_SCOPE)
      endforeach()
      return()
    endif()
    if(problem STREQUAL "")
      set(problem "${problem_here}")
    endif()
  endforeach()
  if(problem)
    message(FATAL_ERROR "${problem}")
  endif()
  describe_interpreters(known)
  if(version)
    describe_installation("${version}" install)
    message(FATAL_ERROR "There is no CPython ${version} on this machine. Install it (${install}pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared "
                        "pyenv install ${version}), or pass -DPYTHON_VERSION of one that is here:${known}")
  endif()
  message(FATAL_ERROR "There is no python3 on PATH. Install it (Debian, Ubuntu: apt-get install python3-dev), or pass -DPYTHON_VERSION "
                      "of one of these:${known}")
endfunction()

#[[
describe_installation(<version> <variable>)

Sets <variable> to how Debian installs a CPython, for error messages, with a semicolon after it; to "" for a free-threaded one, of which
Debian has no package.
]]
function(describe_installation version variable)
  set(text "Debian, Ubuntu: apt-get install python${version}-dev; ")
  if(version MATCHES "t$")
    set(text "")
  endif()
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

#[[
check_development_files(<prefix> <path> <variable>)

Sets <variable> to what the interpreter described by <prefix>_… lacks to be embedded, with the fix; to "" if nothing.
]]
function(check_development_files prefix path variable)
  set(version ${${prefix}_VERSION})
  set(problem "")
  describe_installation("${version}" install)
  set(pyenv "pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force ${${prefix}_RELEASE}")
  if(NOT EXISTS "${${prefix}_INCLUDE}/Python.h")
    string(CONCAT problem "CPython ${version} (${path}) has no development files: ${${prefix}_INCLUDE}/Python.h is missing. "
                          "Install them (${install}${pyenv})")
  elseif("${${prefix}_LIBRARY}" STREQUAL "")
    string(CONCAT problem "CPython ${version} (${path}) has no shared library libpython${version}, which a plugin needs. "
                          "Install it (${install}${pyenv})")
  endif()
  set(${variable} "${problem}" PARENT_SCOPE)
endfunction()
