# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
add_version_resource(<target> FILE <name> DESCRIPTION <text> PYTHON <versions>)

Gives a DLL the version resource that Windows shows in its properties: the project's name, version and licence, and the Python it is for.
The numbers in it have no place for a pre-release, so that 1.2.3rc1 and 1.2.3 have the same.
]]
function(add_version_resource target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE;DESCRIPTION;PYTHON" "")
  set(file "${arg_FILE}")
  set(description "${arg_DESCRIPTION}")
  set(python "${arg_PYTHON}")
  string(REPLACE "." "," numbers "${OrthancPython_VERSION}.0")
  set(resource ${CMAKE_CURRENT_BINARY_DIR}/${target}.rc)
  configure_file(${PROJECT_SOURCE_DIR}/windows/version.rc.in ${resource} @ONLY NEWLINE_STYLE LF)
  target_sources(${target} PRIVATE ${resource})
endfunction()
