# SPDX-License-Identifier: GPL-3.0-or-later
# Read after CMake's own rules for macOS, because those would otherwise replace these.
include(${CMAKE_CURRENT_LIST_DIR}/zig-rules.cmake)
set(CMAKE_CXX_CREATE_SHARED_MODULE
  "\"${PYTHON_FOR_TOOLCHAIN}\" \"${CMAKE_CURRENT_LIST_DIR}/../../macos/link.py\" --zig \"${ZIG}\" --triple ${triple} -o <TARGET> <OBJECTS> <LINK_FLAGS> <LINK_LIBRARIES>")
set(CMAKE_SHARED_LIBRARY_RUNTIME_C_FLAG "-Wl,-rpath,") # for a libpython whose install name starts with @rpath
