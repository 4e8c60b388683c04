# SPDX-License-Identifier: GPL-3.0-or-later
include_guard(GLOBAL)

#[[
link_statically(<target>)

Links the compiler's runtime libraries into the target, so that it needs libpython and what every system has alone: libc and libm on
Linux, and by zig libgcc_s.so.1; msvcrt.dll, or nothing with MSVC, on Windows. macOS has its C++ runtime in each system.
]]
function(link_statically target)
  if(MSVC)
    set_target_properties(${target} PROPERTIES MSVC_RUNTIME_LIBRARY "MultiThreaded$<$<CONFIG:Debug>:Debug>")
  elseif(WIN32)
    target_link_options(${target} PRIVATE -static) # -static-libgcc -static-libstdc++ would leave libwinpthread
  elseif(NOT APPLE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
