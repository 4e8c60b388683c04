# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
read_project_version(<version> <numbers> <pyproject.toml>)

Sets <version> to the version in pyproject.toml, the one place that states it, such as 1.2.3 or 1.2.3rc1 (PEP 440), and <numbers> to
its numeric part, such as 1.2.3. project() and Windows take numbers only.
]]
function(read_project_version version numbers file)
  file(STRINGS "${file}" lines REGEX "^version = \"[^\"]+\"")
  if(NOT lines MATCHES "^version = \"([^\"]+)\"")
    message(FATAL_ERROR "${file} has no line such as: version = \"1.2.3\"")
  endif()
  set(found "${CMAKE_MATCH_1}")
  if(NOT found MATCHES "^([0-9]+(\\.[0-9]+)*)((a|b|rc)[0-9]+)?(\\.post[0-9]+)?(\\.dev[0-9]+)?$")
    message(FATAL_ERROR "version \"${found}\" of ${file} is not a version such as 1.2.3 or 1.2.3rc1 (PEP 440)")
  endif()
  set(${version} "${found}" PARENT_SCOPE)
  set(${numbers} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()
