# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

include(${CMAKE_CURRENT_LIST_DIR}/../python/target_processors.cmake)

#[[
install_wheel()

What the wheel has besides Python's files of src/orthanc_python: the loader and this interpreter's plugin, the stubs (PEP 561), the
module for tests without Orthanc, the facts of the build and the samples. A plain `cmake --install` leaves its component `wheel`
alone (see only_in_wheel in CMakeLists.txt).
]]
function(install_wheel)
  set(in_package orthanc_python)
  install(FILES ${LOADER} DESTINATION ${in_package}/plugin COMPONENT wheel ${only_in_wheel})
  install(TARGETS OrthancPython LIBRARY DESTINATION ${in_package}/plugin/OrthancPython COMPONENT wheel ${only_in_wheel})
  install(FILES ${PROJECT_BINARY_DIR}/orthanc.pyi DESTINATION orthanc-stubs RENAME __init__.pyi COMPONENT wheel ${only_in_wheel})
  install(FILES ${PROJECT_BINARY_DIR}/generated/testing.py DESTINATION ${in_package}/testing RENAME module.py COMPONENT wheel ${only_in_wheel})
  # Also the module that an editable installation rebuilds the libraries for when it is imported: only one of Python's does that.
  name_processors(processors)
  list(JOIN processors " and " processors)
  set(facts ${PROJECT_BINARY_DIR}/generated/build_facts.py)
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/build_facts.py.in ${facts} @ONLY NEWLINE_STYLE LF)
  install(FILES ${facts} DESTINATION ${in_package} COMPONENT wheel ${only_in_wheel})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/samples DESTINATION ${in_package} COMPONENT wheel ${only_in_wheel} FILES_MATCHING PATTERN *.py
    PATTERN packages EXCLUDE) # which are installed by themselves
endfunction()
