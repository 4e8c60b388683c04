# SPDX-License-Identifier: GPL-3.0-or-later
# The common part of the toolchain files for mingw-w64; they set `processor` and `triple`. Debian: g++-mingw-w64.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR ${processor})
# Of mingw-w64's two thread models, the standard library's threads need the POSIX one; Debian's alternatives may say another.
find_program(CMAKE_CXX_COMPILER NAMES ${triple}-g++-posix ${triple}-g++ REQUIRED)
find_program(CMAKE_RC_COMPILER NAMES ${triple}-windres REQUIRED)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
