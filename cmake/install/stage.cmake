# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

set(ORTHANC_PYTHON_PLACE ${CMAKE_CURRENT_LIST_DIR}/place.py)
set(ORTHANC_PYTHON_INSTALLED ${PROJECT_BINARY_DIR}/installed)
set(ORTHANC_PYTHON_UNINSTALL uninstall)
if(NOT PROJECT_IS_TOP_LEVEL)
  set(ORTHANC_PYTHON_UNINSTALL orthanc-python-uninstall) # the parent project may have its own
endif()

#[[
begin_staging()
end_staging(<interpreter>)

The rules install(...) between the two calls install into a staging folder of the build, `installed/stage`. Then the interpreter runs place.py,
which puts the files in their places below DESTDIR and the prefix. A name stands for the prefix in the staging folder, so CMake need not
cope with its spelling. One `cmake --install` of a build runs at a time. CMAKE_INSTALL_MODE is COPY for the staging folder: links to the
build folder, or to what is removed after all, would not do. ORTHANC_PYTHON_MESSAGE is the project's CMAKE_INSTALL_MESSAGE.
]]
function(begin_staging)
  install(CODE "file(LOCK [==[${ORTHANC_PYTHON_INSTALLED}/lock]==] TIMEOUT 600)
file(REMOVE_RECURSE [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
set(ORTHANC_PYTHON_DESTDIR \"\$ENV{DESTDIR}\")
set(ORTHANC_PYTHON_MODE \"\$ENV{CMAKE_INSTALL_MODE}\")
set(ORTHANC_PYTHON_PREFIX \"\${CMAKE_INSTALL_PREFIX}\")
set(ORTHANC_PYTHON_MANIFEST \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
set(CMAKE_INSTALL_MANIFEST_FILES \"\")
set(ENV{DESTDIR} [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
set(ENV{CMAKE_INSTALL_MODE} COPY)
set(CMAKE_INSTALL_PREFIX /ORTHANC_PYTHON_PREFIX)" ${only_in_system})
endfunction()

function(end_staging interpreter)
  install(CODE "set(ENV{DESTDIR} \"\${ORTHANC_PYTHON_DESTDIR}\")
set(ENV{CMAKE_INSTALL_MODE} \"\${ORTHANC_PYTHON_MODE}\")
set(CMAKE_INSTALL_PREFIX \"\${ORTHANC_PYTHON_PREFIX}\")
file(WRITE [==[${ORTHANC_PYTHON_INSTALLED}/manifest.txt]==] \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
string(REPLACE /ORTHANC_PYTHON_PREFIX/ \"\${CMAKE_INSTALL_PREFIX}/\" CMAKE_INSTALL_MANIFEST_FILES \"\${CMAKE_INSTALL_MANIFEST_FILES}\")
list(PREPEND CMAKE_INSTALL_MANIFEST_FILES \${ORTHANC_PYTHON_MANIFEST})
execute_process(COMMAND [==[${interpreter}]==] -I -X utf8 [==[${ORTHANC_PYTHON_PLACE}]==] place [==[${PROJECT_BINARY_DIR}]==]
                        \"\${CMAKE_INSTALL_PREFIX}/\" [==[cmake --build ${CMAKE_BINARY_DIR} --target ${ORTHANC_PYTHON_UNINSTALL}]==]
                        \"${ORTHANC_PYTHON_MESSAGE}\" RESULT_VARIABLE ORTHANC_PYTHON_FAILED)
file(REMOVE_RECURSE [==[${ORTHANC_PYTHON_INSTALLED}/stage]==])
file(LOCK [==[${ORTHANC_PYTHON_INSTALLED}/lock]==] RELEASE)
if(ORTHANC_PYTHON_FAILED)
  message(FATAL_ERROR \"The plugin is not installed: ${ORTHANC_PYTHON_PLACE} ends with \${ORTHANC_PYTHON_FAILED}\")
endif()" ${only_in_system})
endfunction()
