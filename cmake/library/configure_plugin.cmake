# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/add_version_resource.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/describe_itself.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/export_entry_points.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/harden.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/symbols/keep_symbols.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/link_statically.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/make_reproducible.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/set_plugin_output.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/sign.cmake)

#[[
configure_plugin(<target> NAME <name> FOLDER <folder> DESCRIPTION <text> PYTHON <versions>)

What every library that Orthanc loads has in common: its name and folder, what Windows shows of it, the SDK in sdk_INCLUDE_DIR, the project's version as ORTHANC_PYTHON_VERSION, a
text about itself, small code, the four exports, hardening, the same bytes wherever it is built, a signature where one is asked for and, with STATIC_BUILD, the C++ runtime linked statically.
]]
function(configure_plugin target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;FOLDER;DESCRIPTION;PYTHON" "")
  set_plugin_output(${target} NAME ${arg_NAME} FOLDER ${arg_FOLDER} VARIABLE file)
  target_include_directories(${target} SYSTEM PRIVATE ${sdk_INCLUDE_DIR})
  target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_VERSION="${PROJECT_VERSION}")
  if(WIN32)
    target_compile_definitions(${target} PRIVATE NOMINMAX)
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /wd4324 /utf-8 /bigobj) # C4324 says that alignas does what it is for
    target_compile_definitions(${target} PRIVATE _CRT_SECURE_NO_WARNINGS)
  else()
    # Binding code is large and each of its functions short: size matters more than the last percent of speed, as measured.
    target_compile_options(${target} PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections $<$<CONFIG:Release>:-Os>)
    set(strip -s)
    if(APPLE)
      target_link_options(${target} PRIVATE -Wl,-dead_strip)
      set(strip -Wl,-x,-S)
    else()
      target_link_options(${target} PRIVATE -Wl,--gc-sections)
    endif()
    keeps_symbols(kept)
    if(NOT kept)
      target_link_options(${target} PRIVATE $<$<CONFIG:Release,MinSizeRel>:${strip}>)
    endif()
  endif()
  if(WIN32)
    if(NOT MSVC)
      target_compile_options(${target} PRIVATE -Wno-array-bounds) # GCC 12 takes a read of the thread's block in mingw's headers for one
    endif()
    target_compile_definitions(${target} PRIVATE WIN32 WIN32_LEAN_AND_MEAN)
    if(MSVC OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # zig's own choice is Windows 10
      target_compile_definitions(${target} PRIVATE _WIN32_WINNT=0x0602) # CPython 3.10 needs Windows 8.1
    endif()
    add_version_resource(${target} FILE ${file} DESCRIPTION "${arg_DESCRIPTION}" PYTHON "${arg_PYTHON}")
  endif()
  describe_itself(${target} PYTHON "${arg_PYTHON}")
  export_entry_points(${target})
  harden(${target})
  make_reproducible(${target})
  keep_symbols(${target})
  sign(${target})
  if(STATIC_BUILD)
    link_statically(${target})
  endif()
endfunction()
