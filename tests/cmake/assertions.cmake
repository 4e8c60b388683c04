# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

# expect(<actual> <expected>): both are values.
function(expect actual expected)
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "expected \"${expected}\", not \"${actual}\"")
  endif()
endfunction()

# write_program(<path> <text>): a shell script that can be run.
function(write_program path text)
  file(WRITE ${path} "#!/bin/sh\n${text}\n")
  file(CHMOD ${path} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endfunction()

# write_interpreter(<path> <release> [NO_HEADERS] [NO_LIBRARY]): a program that answers interpreter_probe.py as a CPython of that
# release would, whatever it is asked; its files lie beside it.
function(write_interpreter path release)
  cmake_parse_arguments(PARSE_ARGV 2 arg "NO_HEADERS;NO_LIBRARY" "" "")
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" version ${release})
  string(REGEX MATCH "t$" threaded ${release})
  string(REPLACE "t" "" release ${release})
  set(include ${path}-include)
  set(library ${path}-libpython.so)
  if(NOT arg_NO_HEADERS)
    file(WRITE ${include}/Python.h "")
  endif()
  if(arg_NO_LIBRARY)
    set(library "")
  else()
    file(WRITE ${library} "")
  endif()
  write_program(${path} "cat <<END
version=${version}${threaded}
release=${release}
executable=${path}
include=${include}
library=${library}
bits=64
END")
endfunction()

# write_headers(<folder> <release>): write the headers that say CPython's version.
function(write_headers folder release)
  file(WRITE ${folder}/Python.h "")
  file(WRITE ${folder}/patchlevel.h "#define PY_VERSION              \"${release}\"\n")
endfunction()
