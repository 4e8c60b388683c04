# SPDX-License-Identifier: GPL-3.0-or-later
#[[
Runs in `cmake --install` after everything is installed: adds it to the list of the files that this build has below the present DESTDIR, for
keep_replaced.cmake and uninstall.cmake. ORTHANC_PYTHON_BUILD is the folder of the build, ORTHANC_PYTHON_BEFORE the number of files that a
parent project had installed before.
]]
include(${CMAKE_CURRENT_LIST_DIR}/own_files.cmake)
name_own_files(list ${ORTHANC_PYTHON_BUILD})
set(own "")
if(EXISTS ${list})
  file(STRINGS ${list} own)
endif()
list(SUBLIST CMAKE_INSTALL_MANIFEST_FILES ${ORTHANC_PYTHON_BEFORE} -1 installed)
list(APPEND own ${installed})
list(REMOVE_DUPLICATES own)
list(JOIN own "\n" own)
file(WRITE ${list} "${own}\n")
