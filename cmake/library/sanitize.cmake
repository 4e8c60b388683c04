# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
sanitize(<sanitizers>)

Has Clang's sanitizers watch over all targets that this folder defines afterwards. <sanitizers> are names of Clang's, separated by commas:
address, undefined, thread, and fuzzer-no-link for what a fuzzer is to see from inside; nothing if it is empty. A library does not bring
the sanitizer's runtime along: the program that loads it must, or the preloaded library that ci/sanitize names.

Clang rather than GCC because only Clang has a fuzzer that is guided by coverage, and one build can then serve both.
]]
function(sanitize sanitizers)
  if(sanitizers STREQUAL "")
    return()
  endif()
  string(REPLACE "," ";" names "${sanitizers}")
  foreach(name IN LISTS names)
    if(NOT name MATCHES "^(address|undefined|thread|fuzzer-no-link)$")
      message(FATAL_ERROR "SANITIZE has \"${name}\"; it must be of: address, undefined, thread, fuzzer-no-link.")
    endif()
  endforeach()
  if("address" IN_LIST names AND "thread" IN_LIST names)
    message(FATAL_ERROR "SANITIZE has both address and thread, which exclude each other: make two builds.")
  endif()
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SANITIZE needs Clang, but the compiler is ${CMAKE_CXX_COMPILER_ID}. Pass -DCMAKE_CXX_COMPILER=clang++-19 "
      "(Debian and Ubuntu: apt-get install clang-19 libclang-rt-19-dev).")
  endif()
  if(STATIC_BUILD)
    message(FATAL_ERROR "SANITIZE needs -DSTATIC_BUILD=OFF: the sanitizers do not see what a static C++ runtime throws.")
  endif()
  # The first finding ends the program, or a server would go on and the test pass.
  add_compile_options("-fsanitize=${sanitizers}" -fno-sanitize-recover=all -O1 -g -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${sanitizers}")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endfunction()
