# SPDX-License-Identifier: GPL-3.0-or-later
"""Links with zig for CMake, by the command that follows, in the root folder.

The first link for a target has zig build its C++ library, for all later ones too. Its debugging information has the folder in
which zig was called, and would carry the path of the first build into the symbol files of all others.
"""

import subprocess
import sys
from pathlib import Path

command = [str(Path(each).absolute()) if not each.startswith("-") and Path(each).exists() else each for each in sys.argv[1:]]
if "-o" in command:
    output = command.index("-o") + 1
    command[output] = str(Path(command[output]).absolute())
sys.exit(subprocess.call(command, cwd="/"))
