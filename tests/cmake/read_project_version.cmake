# SPDX-License-Identifier: GPL-3.0-or-later
include(${MODULES}/read_project_version.cmake)

if(CASE STREQUAL "version")
  file(WRITE ${WORK}/pyproject.toml "[project]\nversion = \"4.5.6\"\n")
else()
  file(WRITE ${WORK}/pyproject.toml "[project]\n")
endif()
read_project_version(version ${WORK}/pyproject.toml)
expect("${version}" 4.5.6)
