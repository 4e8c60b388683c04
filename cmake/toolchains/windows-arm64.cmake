# SPDX-License-Identifier: GPL-3.0-or-later
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(triple aarch64-windows-gnu)
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
set(CMAKE_RC_COMPILER ${ZIG})
# Resources are the same for all processors. zig's compiler for them is slow at its first use, when it compiles itself.
find_program(WINDRES NAMES x86_64-w64-mingw32-windres)
if(WINDRES)
  set(CMAKE_RC_COMPILE_OBJECT "\"${WINDRES}\" --output-format=res <SOURCE> <OBJECT>")
else()
  set(CMAKE_RC_COMPILE_OBJECT "\"${ZIG}\" rc /fo <OBJECT> -- <SOURCE>")
endif()
