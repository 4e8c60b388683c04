# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
compile_together(<target> [EXCEPT <source>...])

Compiles up to 24 sources of the target as one (CMake's UNITY_BUILD), so that they share the time that headers and templates take, unless
CMAKE_UNITY_BUILD chooses. EXCEPT names sources to be compiled alone, such as those that include a system's headers with their macros.
]]
function(compile_together target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXCEPT")
  if(NOT DEFINED CMAKE_UNITY_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 24)
  endif()
  set_source_files_properties(${arg_EXCEPT} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
