# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
generate_bindings(<target> <variable> PYTHON <interpreter> HEADER <OrthancCPlugin.h> SOURCES <file>...)

A <target> that has the SDK reader, src/orthanc_sdk, make the bindings when the header or one of the reader's own files has changed.
Sets <variable> to the C++ files that are made, in the folder `generated` of the build. That folder also has orthanc.pyi, testing.py and the coverage report; a copy
of orthanc.pyi lies at the top of the build.
]]
function(generate_bindings target variable)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "PYTHON;HEADER" "SOURCES")
  set(folder ${PROJECT_BINARY_DIR}/generated)
  # In the command, so that it runs for another header of an older date, too: a package's files have the date of their making.
  file(SHA256 ${arg_HEADER} sum)
  set(made ${folder}/enumerations.cpp ${folder}/handles.cpp ${folder}/functions.cpp ${folder}/routines.cpp)
  # The reader leaves files alone whose content has not changed, so that they are not compiled again: the stamp says that it ran.
  add_custom_command(
    OUTPUT ${folder}/stamp
    BYPRODUCTS ${made} ${folder}/generated.h ${folder}/sdk_services.h ${folder}/orthanc.pyi ${folder}/coverage.md ${folder}/coverage.json ${folder}/testing.py
               ${PROJECT_BINARY_DIR}/orthanc.pyi
    COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 HEADER_SHA256=${sum} ${arg_PYTHON} -m orthanc_sdk --header ${arg_HEADER} --output ${folder}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${folder}/orthanc.pyi ${PROJECT_BINARY_DIR}/orthanc.pyi
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/src # where -m finds the reader: PYTHONPATH is pip's, for the tools
    DEPENDS ${arg_HEADER} ${arg_SOURCES}
    COMMENT "Making the bindings from ${arg_HEADER}"
    VERBATIM)
  add_custom_target(${target} DEPENDS ${folder}/stamp)
  set_source_files_properties(${made} PROPERTIES GENERATED TRUE)
  set(${variable} ${made} PARENT_SCOPE)
endfunction()
