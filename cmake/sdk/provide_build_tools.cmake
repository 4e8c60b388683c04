# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

set(ORTHANC_PYTHON_REQUIREMENTS ${CMAKE_CURRENT_LIST_DIR}/../../src/orthanc_sdk/requirements.txt)

#[[
provide_build_tools(<prefix> <interpreter>...)

Finds a Python that has the tools of the build (nanobind, libclang, Jinja2): the first of the interpreters that can import them, else
a virtual environment in the build folder, made and filled now and kept until the requirements change. If BUILD_TOOLS_PYTHON is set, it
takes the place of all interpreters. Sets <prefix>_PYTHON, its interpreter, and <prefix>_NANOBIND_DIR, nanobind's folder. If neither is
available, the configuration fails and says what to install.
]]
function(provide_build_tools prefix)
  set(candidates ${ARGN})
  if(BUILD_TOOLS_PYTHON)
    cmake_path(SET candidates "${BUILD_TOOLS_PYTHON}")
    if(candidates MATCHES "/") # not a name, to be looked up in PATH
      cmake_path(ABSOLUTE_PATH candidates BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    endif()
  endif()
  foreach(candidate IN LISTS candidates)
    find_nanobind("${candidate}" folder)
    if(folder)
      set(interpreter "${candidate}")
      break()
    endif()
  endforeach()
  if(NOT folder)
    make_tools_environment("${PROJECT_BINARY_DIR}/build-tools" interpreter ${candidates})
    find_nanobind("${interpreter}" folder)
    if(NOT folder)
      message(FATAL_ERROR "The build tools in ${PROJECT_BINARY_DIR}/build-tools do not work; delete that folder and configure again")
    endif()
  endif()
  set(${prefix}_PYTHON "${interpreter}" PARENT_SCOPE)
  set(${prefix}_NANOBIND_DIR "${folder}" PARENT_SCOPE)
endfunction()

#[[
find_nanobind(<interpreter> <variable>)

Sets <variable> to nanobind's folder if the interpreter can use all the build tools, in versions that will do; to "" otherwise. An
interpreter of 32 bits can import a libclang that lacks its library.
]]
function(find_nanobind interpreter variable)
  execute_process(
    COMMAND "${interpreter}" -c
            "import clang.cindex, jinja2, nanobind, os; clang.cindex.Index.create(); assert nanobind.__version__.split('.')[0] == '3'; print(os.path.dirname(nanobind.__file__))"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status
    ERROR_QUIET)
  if(NOT status STREQUAL "0")
    set(folder "")
  endif()
  file(TO_CMAKE_PATH "${folder}" folder)
  set(${variable} "${folder}" PARENT_SCOPE)
endfunction()

#[[
choose_tools_base(<variable> <interpreter>...)

Sets <variable> to the first of the interpreters that this machine can run and that has 64 bits: libclang lacks its library for others. The
configuration fails if that is not so for BUILD_TOOLS_PYTHON. The target's Python may be of another kind on Windows, where the launcher py is
asked last; without any, the configuration fails there. On other systems it is the first of all then.
]]
function(choose_tools_base variable)
  foreach(candidate IN LISTS ARGN)
    execute_process(COMMAND "${candidate}" -c "import sys; sys.exit(sys.maxsize < 2**32)" RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(status STREQUAL "0")
      set(${variable} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  if(BUILD_TOOLS_PYTHON)
    message(FATAL_ERROR "BUILD_TOOLS_PYTHON=${BUILD_TOOLS_PYTHON} cannot be run here, or has 32 bits: pass a Python of 64 bits")
  endif()
  if(CMAKE_HOST_WIN32)
    execute_process(COMMAND py -3-64 -X utf8 -c "import sys; print(sys.executable); sys.exit(sys.maxsize < 2**32)"
      OUTPUT_VARIABLE executable OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status ERROR_QUIET ENCODING UTF8)
    if(status STREQUAL "0")
      file(TO_CMAKE_PATH "${executable}" executable)
      set(${variable} "${executable}" PARENT_SCOPE)
      return()
    endif()
    list(JOIN ARGN ", " tried)
    message(FATAL_ERROR "No Python of 64 bits can be run here for the build tools (nanobind, libclang, Jinja2); tried: ${tried}, py -3-64. "
                        "Install one from python.org, or pass -DBUILD_TOOLS_PYTHON=C:/Python313/python.exe")
  endif()
  list(GET ARGN 0 first)
  set(${variable} "${first}" PARENT_SCOPE)
endfunction()

#[[
make_tools_environment(<folder> <variable> <interpreter>...)

Makes the virtual environment <folder> with one of the interpreters and installs the requirements, unless that has been done; sets
<variable> to its interpreter. A file with the requirements' checksum and BUILD_TOOLS_PYTHON, written last, marks a finished environment.
]]
function(make_tools_environment folder variable)
  if(CMAKE_HOST_WIN32)
    set(interpreter "${folder}/Scripts/python.exe")
  else()
    set(interpreter "${folder}/bin/python")
  endif()
  file(SHA256 "${ORTHANC_PYTHON_REQUIREMENTS}" wanted)
  string(APPEND wanted "${BUILD_TOOLS_PYTHON}")
  set(stamp "${folder}/requirements.sha256")
  set(present "")
  if(EXISTS "${stamp}")
    file(READ "${stamp}" present)
  endif()
  if(NOT present STREQUAL wanted)
    choose_tools_base(base ${ARGN})
    message(STATUS "Installing the build tools (nanobind, libclang, Jinja2) into ${folder}")
    file(REMOVE_RECURSE "${folder}")
    execute_process(COMMAND "${base}" -m venv "${folder}" RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status STREQUAL "0")
      message(FATAL_ERROR "${base} cannot make a virtual environment for the build tools. Install the module venv (Debian, Ubuntu: "
                          "apt-get install python3-venv), install nanobind, libclang and Jinja2 for it, or pass another one by "
                          "-DBUILD_TOOLS_PYTHON=PYTHON:\n${output}")
    endif()
    execute_process(
      COMMAND "${interpreter}" -m pip install --quiet --disable-pip-version-check -r "${ORTHANC_PYTHON_REQUIREMENTS}"
      RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status STREQUAL "0")
      message(FATAL_ERROR "The build tools cannot be installed; is the package index to be reached? Where it is not, install nanobind, "
                          "libclang and Jinja2 for ${base} in another way. pip says:\n${output}")
    endif()
    file(WRITE "${stamp}" "${wanted}")
  endif()
  set(${variable} "${interpreter}" PARENT_SCOPE)
endfunction()
