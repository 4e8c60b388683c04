# SPDX-License-Identifier: GPL-3.0-or-later
include(${MODULES}/python/resolve_wheel_python.cmake)

set(Python_EXECUTABLE ${WORK}/python)

if(CASE STREQUAL "complete")
  write_interpreter(${Python_EXECUTABLE} 3.77.1)
elseif(CASE STREQUAL "static") # as pyenv's without --enable-shared, and those of manylinux
  write_interpreter(${Python_EXECUTABLE} 3.77.1 NO_LIBRARY)
elseif(CASE STREQUAL "threaded")
  write_interpreter(${Python_EXECUTABLE} 3.77.1t)
elseif(CASE STREQUAL "no_headers")
  write_interpreter(${Python_EXECUTABLE} 3.77.1 NO_HEADERS NO_LIBRARY)
elseif(CASE STREQUAL "old")
  write_interpreter(${Python_EXECUTABLE} 3.9.2)
endif()

resolve_wheel_python(found)

expect("${found_RELEASE}" 3.77.1)
expect("${found_INCLUDE}" ${Python_EXECUTABLE}-include)
if(CASE STREQUAL "threaded")
  expect("${found_VERSION}" 3.77t)
elseif(CASE STREQUAL "static")
  expect("${found_LIBRARY}" "")
endif()
