# SPDX-License-Identifier: GPL-3.0-or-later
#[[
Runs in `cmake --install` before anything is installed: says which files of others are replaced, and keeps them for the target uninstall in
the folder `replaced` of the build. ORTHANC_PYTHON_BUILD is that of the build, ORTHANC_PYTHON_FILES the paths that are about to be written.
]]
cmake_policy(PUSH)
cmake_policy(VERSION 3.24) # it runs in a script that sets none
include(${CMAKE_CURRENT_LIST_DIR}/own_files.cmake)
list(LENGTH CMAKE_INSTALL_MANIFEST_FILES ORTHANC_PYTHON_BEFORE) # for record_installed.cmake
name_own_files(list ${ORTHANC_PYTHON_BUILD})
set(own "")
if(EXISTS ${list})
  file(STRINGS ${list} own)
endif()
foreach(path IN LISTS ORTHANC_PYTHON_FILES)
  cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} NORMALIZE)
  set(found "$ENV{DESTDIR}${path}")
  if(path IN_LIST own OR NOT (EXISTS "${found}" OR IS_SYMLINK "${found}") OR (IS_DIRECTORY "${found}" AND NOT IS_SYMLINK "${found}"))
    continue()
  endif()
  set(what "")
  if(IS_SYMLINK "${found}")
    file(READ_SYMLINK "${found}" target)
    set(what ", a link to ${target}")
  endif()
  set(owner "")
  find_program(ORTHANC_PYTHON_DPKG dpkg-query NO_CACHE)
  if(ORTHANC_PYTHON_DPKG)
    execute_process(COMMAND ${ORTHANC_PYTHON_DPKG} -S ${path} OUTPUT_VARIABLE owner ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REGEX REPLACE ": .*" "" owner "${owner}")
  endif()
  if(owner)
    string(APPEND what ", of the package ${owner}")
  endif()
  cmake_path(GET found PARENT_PATH folder)
  string(REGEX REPLACE "^([A-Za-z]):" "\\1" folder "${folder}") # the drive of Windows
  file(COPY "${found}" DESTINATION "${ORTHANC_PYTHON_BUILD}/replaced/${folder}")
  message(STATUS "Replaces ${found}${what}. To bring it back: cmake --build ${ORTHANC_PYTHON_BUILD} --target uninstall")
endforeach()
cmake_policy(POP)
