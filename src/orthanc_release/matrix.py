# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints a matrix of the workflows, made of targets.toml: python ci/matrix.py NAME >> "$GITHUB_OUTPUT"

tested: each target with the CPython versions that ci/test builds, on GitHub's machine of that kind
native: the same with all of its versions
windows: those of `native` for Windows. MSVC, the compiler there, makes the libraries of a release
wheels: each target, for cibuildwheel. It chooses the versions itself
"""

from __future__ import annotations

import argparse
import json

from orthanc_release.processors import PROCESSORS
from orthanc_release.targets import Target, read_targets

NAMES = ("tested", "native", "windows", "wheels")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="ci/matrix.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=NAMES)
    name = parser.parse_args().name
    print(f"{name}={json.dumps({'include': matrix(name)})}")


def matrix(name: str) -> list[dict[str, str]]:
    """The jobs of a matrix: the values that a workflow reads as matrix.KEY."""
    targets = [target for target in read_targets().values() if not target.parts]
    if name == "wheels":
        return [{**of_target(target), "archs": archs(target)} for target in targets]
    if name == "windows":
        targets = [target for target in targets if target.system == "windows"]
    return [
        {**of_target(target), "python": python}
        for target in targets
        for python in (target.tested if name == "tested" else target.pythons)
    ]


def archs(target: Target) -> str:
    """Return cibuildwheel's name of the processor."""
    processor = PROCESSORS[target.processor]
    return {"windows": processor.windows_build, "linux": processor.linux, "macos": processor.name}[target.system]


def of_target(target: Target) -> dict[str, str]:
    """Return the values that all jobs of a target have in common."""
    assert target.machine is not None, f"{target.name} has no machine in src/orthanc_release/targets.toml"
    return {"target": target.name, "machine": target.machine, "architecture": PROCESSORS[target.processor].setup_python}


if __name__ == "__main__":
    main()
