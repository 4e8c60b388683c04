# SPDX-License-Identifier: GPL-3.0-or-later
set(processor x86)
set(triple i686-w64-mingw32)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
