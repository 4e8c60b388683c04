# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
make_reproducible(<target>)

Keeps folders and dates out of the target, so that two builds of one source are equal bit by bit. On Linux, the target gets a build ID, a hash
of it, so that debuggers and crash reports know it again.
]]
function(make_reproducible target)
  if(MSVC)
    target_compile_options(${target} PRIVATE /Brepro)
    target_link_options(${target} PRIVATE /Brepro)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "MSVC")
      # By default, cl.exe makes names of anonymous namespaces of the source's folder. C5049 says that a precompiled header has it, too.
      file(TO_NATIVE_PATH "${PROJECT_SOURCE_DIR}" source)
      file(TO_NATIVE_PATH "${PROJECT_BINARY_DIR}" binary)
      target_compile_options(${target} PRIVATE /experimental:deterministic "/pathmap:${source}=." "/pathmap:${binary}=build" /wd5049)
    else() # clang-cl
      target_compile_options(${target} PRIVATE
        "/clang:-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "/clang:-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
    endif()
    return()
  endif()
  # The longer path last: of several that match, compilers take the last one.
  target_compile_options(${target} PRIVATE "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
  if(WIN32 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # LLVM's linker notes no time
    target_link_options(${target} PRIVATE -Wl,--no-insert-timestamp)
  elseif(NOT WIN32 AND NOT APPLE)
    target_link_options(${target} PRIVATE -Wl,--build-id=sha1) # not every compiler has its linker write one
  endif()
endfunction()
