# SPDX-License-Identifier: GPL-3.0-or-later
# For glibc 2.28 and later: manylinux_2_28, Debian 10, RHEL 8.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triple aarch64-linux-gnu.2.28)
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
