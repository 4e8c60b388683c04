# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
keep_symbols(<target>)

With the option SYMBOL_FILES, a library is built with tables of its functions and lines. After the link, these are moved to a file beside it:
LIBRARY.debug, LIBRARY.pdb with MSVC, or the folder LIBRARY.dSYM for macOS. Debuggers find the library of a file by the build ID, or by MSVC's
and Apple's counterparts. Where keeps_symbols says so, the caller must not have the linker strip the library. An OBJECT library gets the tables
alone.
]]
function(keep_symbols target)
  keeps_symbols(kept)
  if(NOT kept)
    return()
  endif()
  target_compile_options(${target} PRIVATE $<IF:$<BOOL:${MSVC}>,/Zi,-g1>)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "OBJECT_LIBRARY")
    return()
  endif()
  if(MSVC)
    target_link_options(${target} PRIVATE /DEBUG /OPT:REF /OPT:ICF /INCREMENTAL:NO "/PDBALTPATH:%_PDB%")
    # By its value: CMake would not evaluate a generator expression within another property's.
    get_target_property(folder ${target} LIBRARY_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES PDB_OUTPUT_DIRECTORY "${folder}")
    return()
  endif()
  if(APPLE)
    keep_symbols_of_macos(${target})
    return()
  endif()
  # That of LLVM reads and writes libraries of all systems and processors, but for what GNU's linker writes for Windows.
  name_llvm_tool(llvm-objcopy 14 names)
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
  find_symbols_tool(SYMBOLS_OBJCOPY objcopy ${names})
  set(build_id "")
  if(NOT WIN32)
    find_program(SYMBOLS_PYTHON NAMES python3 python REQUIRED)
    mark_as_advanced(SYMBOLS_PYTHON)
    set(build_id COMMAND ${SYMBOLS_PYTHON} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/set_build_id.py
      $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug)
  endif()
  # GNU's objcopy writes a time into libraries for Windows. The linker has written none.
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${SYMBOLS_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug
    COMMAND ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=0 ${SYMBOLS_OBJCOPY} ${strip} $<TARGET_FILE:${target}>
    ${build_id}
    COMMENT "Taking the symbols out of ${target}" VERBATIM)
endfunction()

#[[
keep_symbols_of_macos(<target>)

The same for macOS from another system, by LLVM's programs. The linked library names its object files, in which dsymutil finds the tables: these
names must not be of the build's folder, because the library's UUID is a checksum of them, too.
]]
function(keep_symbols_of_macos target)
  foreach(tool dsymutil llvm-objcopy)
    string(MAKE_C_IDENTIFIER "SYMBOLS_MACOS_${tool}" variable)
    name_llvm_tool(${tool} 16 names)
    find_symbols_tool(${variable} ${tool} ${names})
  endforeach()
  target_link_options(${target} PRIVATE "-Wl,-oso_prefix,${PROJECT_BINARY_DIR}/")
  set(file $<TARGET_FILE:${target}>)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${SYMBOLS_MACOS_dsymutil} --oso-prepend-path ${PROJECT_BINARY_DIR} -o ${file}.dSYM ${file}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${file}.dSYM/Contents/Resources/Relocations # for linkers, with the build's folder
    COMMAND ${SYMBOLS_MACOS_llvm_objcopy} --strip-debug --discard-all ${file}
    COMMENT "Taking the symbols out of ${target}" VERBATIM)
endfunction()

# name_llvm_tool(<tool> <oldest> <variable>): sets <variable> to the names that a tool of LLVM has, the newest version first.
function(name_llvm_tool tool oldest variable)
  set(names "")
  foreach(version RANGE 25 ${oldest} -1)
    list(APPEND names ${tool}-${version})
  endforeach()
  set(${variable} ${names} ${tool} PARENT_SCOPE)
endfunction()

# find_symbols_tool(<variable> <tool> <name>...): sets the cache's <variable> to the first program of these names.
function(find_symbols_tool variable tool)
  find_program(${variable} NAMES ${ARGN})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "SYMBOL_FILES needs ${tool}. Install it (Debian, Ubuntu: apt-get install llvm-19)")
  endif()
endfunction()

#[[
keeps_symbols(<variable>)

Sets <variable> to whether libraries get a file of symbols: with SYMBOL_FILES, but for Windows by zig, and for macOS on macOS.
]]
function(keeps_symbols variable)
  set(kept ${SYMBOL_FILES})
  if((APPLE AND NOT CMAKE_CROSSCOMPILING) OR (WIN32 AND NOT MSVC AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU"))
    set(kept OFF)
  endif()
  set(${variable} ${kept} PARENT_SCOPE)
endfunction()
