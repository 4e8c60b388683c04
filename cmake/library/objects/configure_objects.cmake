# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/harden.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../link_statically.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/make_reproducible.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../symbols/keep_symbols.cmake)

#[[
configure_objects(<target>)

How the sources of a library that Orthanc loads are compiled: the target is such a library, or an OBJECT library that several of them are made
of. The SDK in sdk_INCLUDE_DIR, the project's version as ORTHANC_PYTHON_VERSION, small code, hidden symbols, hardening, the same bytes
wherever it is built, tables for debuggers where these are kept and, with STATIC_BUILD, the C++ runtime linked statically.
]]
function(configure_objects target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${target} SYSTEM PRIVATE ${sdk_INCLUDE_DIR})
  target_compile_definitions(${target} PRIVATE ORTHANC_PYTHON_VERSION="${PROJECT_VERSION}")
  if(WIN32)
    target_compile_definitions(${target} PRIVATE NOMINMAX WIN32 WIN32_LEAN_AND_MEAN)
    if(MSVC OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang") # zig's own choice is Windows 10
      target_compile_definitions(${target} PRIVATE _WIN32_WINNT=0x0602) # CPython 3.10 needs Windows 8.1
    endif()
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /wd4324 /utf-8 /bigobj) # C4324 says that alignas does what it is for
    target_compile_definitions(${target} PRIVATE _CRT_SECURE_NO_WARNINGS)
  else()
    # Binding code is large and each of its functions short: size matters more than the last percent of speed, as measured.
    target_compile_options(${target} PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections $<$<CONFIG:Release>:-Os>)
    if(WIN32)
      target_compile_options(${target} PRIVATE -Wno-array-bounds) # GCC 12 takes a read of the thread's block in mingw's headers for one
    endif()
  endif()
  harden(${target})
  make_reproducible(${target})
  keep_symbols(${target})
  if(STATIC_BUILD)
    link_statically(${target})
  endif()
endfunction()
