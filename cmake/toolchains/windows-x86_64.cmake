# SPDX-License-Identifier: GPL-3.0-or-later
set(processor x86_64)
set(triple x86_64-w64-mingw32)
include(${CMAKE_CURRENT_LIST_DIR}/mingw.cmake)
