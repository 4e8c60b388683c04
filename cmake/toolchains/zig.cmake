# SPDX-License-Identifier: GPL-3.0-or-later
# The common part of the toolchain files for zig; they set CMAKE_SYSTEM_NAME, CMAKE_SYSTEM_PROCESSOR and `triple`. zig brings the C and
# C++ libraries of all its targets. Install it with: pip install ziglang==0.15.2
find_program(ZIG NAMES zig HINTS ENV ZIG_FOLDER)
if(NOT ZIG)
  execute_process(
    COMMAND python3 -c "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT EXISTS "${found}")
    message(FATAL_ERROR "zig is missing. Install it with: pip install ziglang==0.15.2, or put it on PATH")
  endif()
  set(ZIG "${found}" CACHE FILEPATH "The zig compiler" FORCE)
endif()
find_program(PYTHON_FOR_TOOLCHAIN NAMES python3 REQUIRED)
set(CMAKE_CXX_COMPILER ${ZIG} c++ -target ${triple})
set(CMAKE_CXX_COMPILER_LAUNCHER ${PYTHON_FOR_TOOLCHAIN} ${CMAKE_CURRENT_LIST_DIR}/zig_compile.py)
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  set(CMAKE_CXX_LINKER_LAUNCHER ${PYTHON_FOR_TOOLCHAIN} ${CMAKE_CURRENT_LIST_DIR}/zig_link.py)
endif()
set(CMAKE_USER_MAKE_RULES_OVERRIDE_CXX ${CMAKE_CURRENT_LIST_DIR}/zig-rules.cmake)
# To link, CMake's tests of the compiler would first have zig build the C++ library once more, for debugging: that takes minutes. The
# compiler's identification does not link if its target is named here, although the command has it already.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_CXX_COMPILER_TARGET ${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
