# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

set(ORTHANC_PYTHON_PLACE ${CMAKE_CURRENT_LIST_DIR}/place.py)
set(ORTHANC_PYTHON_INSTALLED ${PROJECT_BINARY_DIR}/installed)

#[[
begin_staging()
end_staging(<interpreter>)

The rules install(...) between the two calls install into a staging folder of the build, `installed/stage`. Then the interpreter runs place.py,
which puts the files in their places below DESTDIR and the prefix. A name stands for the prefix in the staging folder, so CMake need not
cope with its spelling. One `cmake --install` of a build runs at a time.
]]
function(begin_staging)
  install(CODE "file(LOCK [==[${ORTHANC_PYTHON_INSTALLED}/lock]==] TIMEOUT 600)
file(REMOVE_RECURSE [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
set(ORTHANC_PYTHON_DESTDIR \"\$ENV{DESTDIR}\")
set(ORTHANC_PYTHON_PREFIX \"\${CMAKE_INSTALL_PREFIX}\")
set(ORTHANC_PYTHON_MANIFEST \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
set(CMAKE_INSTALL_MANIFEST_FILES \"\")
set(ENV{DESTDIR} [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
set(CMAKE_INSTALL_PREFIX /ORTHANC_PYTHON_PREFIX)" ${only_in_system})
endfunction()

function(end_staging interpreter)
  install(CODE "set(ENV{DESTDIR} \"\${ORTHANC_PYTHON_DESTDIR}\")
set(CMAKE_INSTALL_PREFIX \"\${ORTHANC_PYTHON_PREFIX}\")
file(WRITE [==[${ORTHANC_PYTHON_INSTALLED}/manifest.txt]==] \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
string(REPLACE /ORTHANC_PYTHON_PREFIX/ \"\${CMAKE_INSTALL_PREFIX}/\" CMAKE_INSTALL_MANIFEST_FILES \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
list(PREPEND CMAKE_INSTALL_MANIFEST_FILES \${ORTHANC_PYTHON_MANIFEST})
execute_process(COMMAND [==[${interpreter}]==] -I -X utf8 [==[${ORTHANC_PYTHON_PLACE}]==] place [==[${PROJECT_BINARY_DIR}]==]
                        \"\${CMAKE_INSTALL_PREFIX}/\" [==[${CMAKE_BINARY_DIR}]==] RESULT_VARIABLE ORTHANC_PYTHON_FAILED)
file(REMOVE_RECURSE [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
file(LOCK [==[${ORTHANC_PYTHON_INSTALLED}/lock]==] RELEASE)
if(ORTHANC_PYTHON_FAILED)
  message(FATAL_ERROR \"The plugin is not installed: ${ORTHANC_PYTHON_PLACE} ends with \${ORTHANC_PYTHON_FAILED}\")
endif()" ${only_in_system})
endfunction()
