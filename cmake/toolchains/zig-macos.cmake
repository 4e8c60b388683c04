# SPDX-License-Identifier: GPL-3.0-or-later
# zig compiles; LLVM's linker links, because zig's own does not limit the exports. Debian: lld, or a version of it such as lld-19.
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
set(CMAKE_USER_MAKE_RULES_OVERRIDE_CXX ${CMAKE_CURRENT_LIST_DIR}/zig-macos-rules.cmake)
set(CMAKE_INSTALL_NAME_TOOL ${CMAKE_COMMAND} CACHE FILEPATH "CMake requires this tool; nothing is renamed")
