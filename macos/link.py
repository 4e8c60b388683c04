# SPDX-License-Identifier: GPL-3.0-or-later
"""Links a bundle for macOS on any system: LLVM's ld64.lld, with the C and C++ libraries that zig has for the target.

Called as a compiler driver would be, by cmake/toolchains/zig-macos.cmake. zig's own linker cannot be used: it ignores lists of
exported symbols.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SDK = "14.0"  # the version that is noted in the library as the SDK's; what it may use is limited by the triple
TABLE = Path(__file__).resolve().parents[1] / "src" / "orthanc_python" / "libraries" / "processors.json"
# zig names them as Linux does.
PROCESSORS = {each["linux"]: name for name, each in json.loads(TABLE.read_text(encoding="utf-8")).items()}


def main() -> int:
    """Run the linker; its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--zig", required=True)
    parser.add_argument("--triple", required=True, help="such as aarch64-macos.11.0")
    parser.add_argument("-o", dest="output", required=True)
    options, arguments = parser.parse_known_args()
    triple = re.fullmatch(r"(\w+)-macos\.([\d.]+)", options.triple)
    if triple is None:
        parser.error(f"--triple must be like aarch64-macos.11.0, not {options.triple}")
    processor, minimum = triple.groups()
    linker = find_linker()
    if linker is None:
        print("ld64.lld is missing. Install LLVM's linker (Debian, Ubuntu: apt-get install lld-19)", file=sys.stderr)
        return 1
    command = [linker, "-arch", PROCESSORS[processor], "-platform_version", "macos", minimum, SDK, "-bundle", "-adhoc_codesign"]
    command += ["-headerpad_max_install_names", "-o", options.output, *linker_arguments(arguments)]
    command += [*runtime_archives(options.zig, options.triple), str(system_stub(options.zig))]
    # The dates of object files are no part of the library.
    return subprocess.run(command, env={**os.environ, "ZERO_AR_DATE": "1"}).returncode


def find_linker() -> str | None:
    """LLVM's linker for Mach-O, the newest there is."""
    names = ["ld64.lld", *(f"ld64.lld-{version}" for version in range(25, 15, -1))]
    return next((found for name in names if (found := shutil.which(name))), None)


def linker_arguments(arguments: list[str]) -> list[str]:
    """Return the arguments that a compiler driver gives to the linker: split -Wl,a,b, leave out the driver's own options."""
    result: list[str] = []
    for argument in arguments:
        if argument.startswith("-Wl,"):
            result += argument.split(",")[1:]
        elif not argument.startswith(("-O", "-g", "-f", "-m", "-D", "-arch", "-bundle")):
            result.append(argument)
    return result


def runtime_archives(zig: str, triple: str) -> list[str]:
    """Return zig's static libraries of the C++ runtime for a target. zig makes them at the first use. It prints their paths."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.cpp"
        source.touch()
        command = [zig, "c++", "-target", triple, "-O2", "-s", "-shared", "-o", str(source.with_suffix(".dylib")), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "ZIG_VERBOSE_LINK": "1"})
    if done.returncode != 0:
        raise SystemExit(f"zig cannot link for {triple}:\n{done.stderr}")
    line = next(line for line in reversed(done.stderr.splitlines()) if line.startswith("zig ld"))
    return [word for word in line.split() if word.endswith(".a")]


def system_stub(zig: str) -> Path:
    """zig's text-based stub of libSystem."""
    return Path(zig).resolve().parent / "lib" / "libc" / "darwin" / "libSystem.tbd"


if __name__ == "__main__":
    sys.exit(main())
