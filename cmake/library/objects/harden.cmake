# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
harden(<target>)

What code in a server should have: a stack protector and, on Linux, checked C functions (_FORTIFY_SOURCE), full RELRO, immediate binding
and no executable stack; on Windows address space randomization with 64 bits of entropy and no executable data; other systems have these
without asking. Control Flow Guard is MSVC's and clang-cl's alone: GCC has none, and zig (as of 0.15) refuses the linker's option for it.
]]
function(harden target)
  if(MSVC)
    target_compile_options(${target} PRIVATE /GS /guard:cf)
    target_link_options(${target} PRIVATE /guard:cf /DYNAMICBASE /NXCOMPAT)
    return()
  endif()
  target_compile_options(${target} PRIVATE -fstack-protector-strong)
  if(WIN32 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # LLVM's linker does this by itself
    target_link_options(${target} PRIVATE -fstack-protector-strong -Wl,--dynamicbase -Wl,--nxcompat) # GCC has the protector in a library
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
      target_link_options(${target} PRIVATE -Wl,--high-entropy-va)
    endif()
  elseif(NOT WIN32 AND NOT APPLE)
    # Undefined first: some compilers define it themselves. It needs optimization.
    target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
    target_link_options(${target} PRIVATE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  endif()
endfunction()
