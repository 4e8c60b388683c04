# SPDX-License-Identifier: GPL-3.0-or-later
"""Repairs a wheel by each system's tool: auditwheel, delocate and delvewheel.

Our libraries need nothing but the system and CPython, so that none of these tools has anything to copy into the wheel. They
check exactly that; auditwheel also gives the manylinux tag. libpython is not for copying: it is the interpreter's.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from orthanc_release.processors import this_processor
from orthanc_release.targets import Target
from orthanc_release.wheel_tags import platform_tag

LLVM_VERSIONS = range(25, 15, -1)
# The tool that delocate calls, LLVM's tool for it, and an option unknown to that: -m is about names of archives.
MACOS_TOOLS = (("otool", "llvm-otool", "-m"), ("lipo", "llvm-lipo", ""), ("install_name_tool", "llvm-install-name-tool", ""))


class RepairError(Exception):
    """The tool refuses the wheel, or is not here; the message says why."""


def repair(wheel: Path, target: Target, output: Path) -> Path:
    """The repaired wheel, in `output`. Raises RepairError."""
    output.mkdir(parents=True, exist_ok=True)
    if target.system == "linux":
        return _auditwheel(wheel, target, output)
    if target.system == "macos":
        return _delocate(wheel, target, output)
    # By itself it looks at extension modules only. pythonXY.dll is on its own list of what to leave out.
    _run(["delvewheel", "repair", "--analyze-existing", "--wheel-dir", str(output), str(wheel)])
    return _made_in(output)


def _auditwheel(wheel: Path, target: Target, output: Path) -> Path:
    # It knows the tags of this machine's processor only. For others it finds the lowest by itself, and ci/verify's check of the
    # libraries decides whether that is low enough.
    tag = platform_tag(target)
    options = ["--plat", tag, "--only-plat"] if this_processor() == target.processor else []
    _run(["auditwheel", "repair", *options, "--exclude", "libpython3.*", "--wheel-dir", str(output), str(wheel)])
    return _made_in(output)


def _delocate(wheel: Path, target: Target, output: Path) -> Path:
    tools = [str(macos_tools(output.parent / "tools"))] if sys.platform != "darwin" else []
    options = ["--require-archs", target.processor, "--require-target-macos-version", target.minimum]
    # A plugin that is linked to libpython, as none in a wheel should be, keeps it where it is. Delocate looks even for files
    # that it is to leave out, unless it may ignore what is missing. The checks of the finished wheel find what is missing.
    options += ["--exclude", "Python.framework", "--exclude", "libpython3", "--ignore-missing-dependencies"]
    _run(["delocate-wheel", *options, "--wheel-dir", str(output), str(wheel)], *tools)
    return _made_in(output)


def _run(command: list[str], *folders: str) -> None:
    """Run a tool of this environment; with more folders on PATH."""
    path = os.pathsep.join([*folders, str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": path})
    if done.returncode != 0:
        raise RepairError(f"{command[0]}: {(done.stderr or done.stdout).strip()}")


def _made_in(folder: Path) -> Path:
    made = sorted(folder.glob("*.whl"))
    if len(made) != 1:
        raise RepairError(f"there should be one wheel in {folder}, and not {', '.join(path.name for path in made) or 'none'}")
    return made[0]


def macos_tools(folder: Path) -> Path:
    """A folder with LLVM's tools under the names that delocate calls."""
    folder.mkdir(exist_ok=True)
    for name, tool, unknown in MACOS_TOOLS:
        found = next((path for version in LLVM_VERSIONS if (path := shutil.which(f"{tool}-{version}"))), shutil.which(tool))
        if found is None:
            raise RepairError(f"there is no {tool}; install LLVM (Debian, Ubuntu: apt-get install llvm-19)")
        filtered = f'for each; do shift; [ "$each" = "{unknown}" ] || set -- "$@" "$each"; done'
        (folder / name).write_text(f'#!/bin/sh\n{filtered}\nexec {shlex.quote(found)} "$@"\n')
        (folder / name).chmod(0o755)
    return folder
