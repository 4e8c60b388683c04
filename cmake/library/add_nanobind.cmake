# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/objects/harden.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/objects/make_reproducible.cmake)

#[[
add_nanobind(<target> <folder> <python>)

A static library with nanobind's own code for the CPython of the target <python>. nanobind's CMake functions want the targets of
FindPython and an interpreter that runs here, neither of which a cross build has; its documentation gives nb_combined.cpp for such builds.
]]
function(add_nanobind target folder python)
  add_library(${target} STATIC ${folder}/src/nb_combined.cpp)
  target_include_directories(${target} SYSTEM PUBLIC ${folder}/include)
  target_include_directories(${target} SYSTEM PRIVATE ${folder}/ext/robin_map/include)
  # A domain of our own: types are not shared with the nanobind extensions that a script imports.
  target_compile_definitions(${target} PUBLIC NB_DOMAIN=orthanc $<$<NOT:$<CONFIG:Debug>>:NB_COMPACT_ASSERTIONS>)
  if(Python_RESOLVED_VERSION MATCHES "t$")
    target_compile_definitions(${target} PUBLIC NB_FREE_THREADED)
  endif()
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PUBLIC ${python})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
  if(WIN32 AND NOT MSVC AND CMAKE_SYSTEM_PROCESSOR STREQUAL "arm64" AND Python_RESOLVED_VERSION MATCHES "t$")
    target_compile_options(${target} PUBLIC "SHELL:-include ${PROJECT_SOURCE_DIR}/windows/get_register.h")
  endif()
  if(MSVC)
    if(STATIC_BUILD) # else that of the other targets, which a parent project may have chosen
      set_target_properties(${target} PROPERTIES MSVC_RUNTIME_LIBRARY "MultiThreaded$<$<CONFIG:Debug>:Debug>")
    endif()
    target_compile_options(${target} PRIVATE /w)
  else()
    # The folder's name is in the tables for debuggers, of whose names the UUID of a library for macOS is made.
    target_compile_options(${target} PRIVATE -fno-strict-aliasing -w "-ffile-prefix-map=${folder}=nanobind")
  endif()
  if(WIN32) # private_nanobind.h, to be found before nanobind's own headers
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/windows)
    if(MSVC) # the command line of cl.exe; clang-cl has it too
      target_compile_options(${target} PRIVATE /FIprivate_nanobind.h)
    else()
      target_compile_options(${target} PRIVATE "SHELL:-include private_nanobind.h")
    endif()
  endif()
  harden(${target})
  make_reproducible(${target})
endfunction()
