# SPDX-License-Identifier: GPL-3.0-or-later
# Read after CMake's own rules for the system, because those for Windows take the machine's ar. GNU's ar makes an archive of objects for
# Windows on ARM without an index, and then the linker finds nothing in it.
set(CMAKE_CXX_ARCHIVE_CREATE "\"${ZIG}\" ar qcD <TARGET> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_FINISH "\"${ZIG}\" ranlib -D <TARGET>")
