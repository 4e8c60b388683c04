# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
read_project_version(<variable> <pyproject.toml>)

Sets <variable> to the version in pyproject.toml, the one place that states it.
]]
function(read_project_version variable file)
  file(STRINGS "${file}" lines REGEX "^version = \"[^\"]+\"")
  if(NOT lines MATCHES "^version = \"([0-9.]+)\"")
    message(FATAL_ERROR "${file} has no line such as: version = \"1.2.3\"")
  endif()
  set(${variable} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()
