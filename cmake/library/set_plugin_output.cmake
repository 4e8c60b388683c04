# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
set_plugin_output(<target> NAME <name> FOLDER <folder> VARIABLE <variable>)

Where a module library is written, whatever the build type, and its name: the suffix is .so, .dylib or .dll, and the name OrthancPython gets
the prefix lib except on Windows. Sets <variable> to the file's name.
]]
function(set_plugin_output target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;FOLDER;VARIABLE" "")
  set(prefix "")
  if(arg_NAME STREQUAL "OrthancPython" AND NOT WIN32)
    set(prefix lib)
  endif()
  set(suffix ${CMAKE_SHARED_MODULE_SUFFIX})
  if(APPLE)
    set(suffix .dylib) # CMake's .so is for the modules of other programs
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "${prefix}"
    OUTPUT_NAME ${arg_NAME}
    SUFFIX ${suffix}
    LIBRARY_OUTPUT_DIRECTORY ${arg_FOLDER}$<0:>)
  set(${arg_VARIABLE} ${prefix}${arg_NAME}${suffix} PARENT_SCOPE)
endfunction()
