# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
keep_symbols(<target>)

With the option SYMBOL_FILES, a library is built with tables of its functions and lines. After the link, these are moved to a file beside it:
LIBRARY.debug, or LIBRARY.pdb with MSVC. Debuggers find the library of a file by the build ID, or by MSVC's counterpart. Where keeps_symbols
says so, the caller must not have the linker strip the library.
]]
function(keep_symbols target)
  keeps_symbols(kept)
  if(NOT kept)
    return()
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE /Zi)
    target_link_options(${target} PRIVATE /DEBUG /OPT:REF /OPT:ICF /INCREMENTAL:NO "/PDBALTPATH:%_PDB%")
    # By its value: CMake would not evaluate a generator expression within another property's.
    get_target_property(folder ${target} LIBRARY_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES PDB_OUTPUT_DIRECTORY "${folder}")
    return()
  endif()
  # That of LLVM reads and writes libraries of all systems and processors, but for what GNU's linker writes for Windows.
  set(names "")
  foreach(version RANGE 25 14 -1)
    list(APPEND names llvm-objcopy-${version})
  endforeach()
  list(APPEND names llvm-objcopy)
  set(strip --strip-all)
  if(WIN32 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(names ${CMAKE_OBJCOPY})
    # As GNU's linker does without symbols: a longer name would need a table behind the sections.
    list(APPEND strip --rename-section .eh_frame=.eh_fram)
  elseif(NOT CMAKE_CROSSCOMPILING)
    list(APPEND names objcopy)
  endif()
  if(NOT WIN32)
    list(APPEND strip --keep-section=.comment) # the compilers, as they wrote it: LLVM's would take it for a symbol
  endif()
  find_program(SYMBOLS_OBJCOPY NAMES ${names})
  mark_as_advanced(SYMBOLS_OBJCOPY)
  if(NOT SYMBOLS_OBJCOPY)
    message(FATAL_ERROR "SYMBOL_FILES needs objcopy. Install it (Debian, Ubuntu: apt-get install llvm-19)")
  endif()
  target_compile_options(${target} PRIVATE -g1)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${SYMBOLS_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug
    COMMAND ${SYMBOLS_OBJCOPY} ${strip} $<TARGET_FILE:${target}>
    COMMENT "Taking the symbols out of ${target}" VERBATIM)
endfunction()

#[[
keeps_symbols(<variable>)

Sets <variable> to whether libraries get a file of symbols: with SYMBOL_FILES, but for macOS, and for Windows by zig.
]]
function(keeps_symbols variable)
  set(kept ${SYMBOL_FILES})
  if(APPLE OR (WIN32 AND NOT MSVC AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU"))
    set(kept OFF)
  endif()
  set(${variable} ${kept} PARENT_SCOPE)
endfunction()
