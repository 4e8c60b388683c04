# SPDX-License-Identifier: GPL-3.0-or-later
"""Links with zig for CMake, by the command that follows, in the root folder and with the unwinder of the process.

The first link for a target has zig build its C++ library, for all later ones too. Its debugging information has the folder in
which zig was called, and would carry the path of the first build into the symbol files of all others.

zig puts LLVM's unwinder into each library, and cannot be told otherwise (as of 0.15). Orthanc throws with GCC's, libgcc_s.so.1,
whose state LLVM's cannot read: an exception that comes through the library would end the process. So a library of that name
stands before zig's, with the functions that a C++ runtime calls (Itanium C++ ABI, level I).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

UNWINDER = "libgcc_s.so.1"
FUNCTIONS = [
    *("Backtrace", "DeleteException", "FindEnclosingFunction", "ForcedUnwind", "RaiseException", "Resume", "Resume_or_Rethrow"),
    *("GetCFA", "GetDataRelBase", "GetGR", "GetIP", "GetIPInfo", "GetLanguageSpecificData", "GetRegionStart", "GetTextRelBase"),
    *("SetGR", "SetIP"),
]


def make_unwinder(compiler: list[str], folder: Path) -> Path:
    """Return a library that has the names of libgcc's unwinder, and none of its code."""
    source = folder / "unwinder.cpp"
    source.write_text("".join(f'extern "C" void _Unwind_{name}() {{}}\n' for name in FUNCTIONS))
    options = ["-shared", "-nostdlib", "-nostdlib++", f"-Wl,-soname,{UNWINDER}"]
    subprocess.run([*compiler, *options, "-o", folder / UNWINDER, source], cwd="/", check=True)
    return folder / UNWINDER


def main(arguments: list[str]) -> int:
    """Run `ZIG c++ -target TRIPLE OPTION...` and return its status."""
    command = [str(Path(each).absolute()) if not each.startswith("-") and Path(each).exists() else each for each in arguments]
    if "-o" in command:
        output = command.index("-o") + 1
        command[output] = str(Path(command[output]).absolute())
    with tempfile.TemporaryDirectory(prefix="unwinder-", dir=Path.cwd()) as folder:  # of the build, if a signal ends it
        command[4:4] = [str(make_unwinder(command[:4], Path(folder)))]
        return subprocess.call(command, cwd="/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
