# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/export_entry_points.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/harden.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/link_statically.cmake)

#[[
configure_plugin(<target>)

What every library that Orthanc loads has in common: the SDK in sdk_INCLUDE_DIR, the project's version as ORTHANC_PYTHON_VERSION, small
code, the four exports, hardening and, with STATIC_BUILD, the C++ runtime linked statically.
]]
function(configure_plugin target)
  target_include_directories(${target} SYSTEM PRIVATE ${sdk_INCLUDE_DIR})
  target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_VERSION="${PROJECT_VERSION}")
  # Binding code is large and each of its functions short: size matters more than the last percent of speed, which was measured.
  target_compile_options(${target} PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections $<$<CONFIG:Release>:-Os>)
  target_link_options(${target} PRIVATE -Wl,--gc-sections $<$<CONFIG:Release,MinSizeRel>:-s>)
  export_entry_points(${target})
  harden(${target})
  if(STATIC_BUILD)
    link_statically(${target})
  endif()
endfunction()
