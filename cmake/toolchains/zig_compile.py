# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs zig's compiler for CMake, with the command that follows.

zig makes a precompiled header only when it is neither asked to compile alone nor given Clang's own option for it (as of 0.15).
"""

import subprocess
import sys

command = sys.argv[1:]
if "-emit-pch" in command:
    option = command.index("-emit-pch")
    del command[option - 1 : option + 1]  # with the -Xclang before it
    command.remove("-c")
sys.exit(subprocess.call(command))
