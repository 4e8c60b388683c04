# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags in the names of wheels (PEP 425, PEP 600). By them pip knows where a wheel can be installed."""

from __future__ import annotations

from orthanc_release.processors import PROCESSORS
from orthanc_release.targets import Target


def platform_tag(target: Target) -> str:
    """The last part, such as manylinux_2_28_x86_64, macosx_11_0_arm64 or win_amd64."""
    if target.system == "windows":
        return PROCESSORS[target.processor].windows_wheel
    oldest = target.minimum.replace(".", "_")
    if target.system == "macos":
        return f"macosx_{oldest}_{target.processor}"
    return f"manylinux_{oldest}_{PROCESSORS[target.processor].linux}"


def interpreter_tag(python: str) -> str:
    """Return the first two parts for a CPython version: cp313-cp313, or cp314-cp314t for the free-threaded 3.14t."""
    number = python.removesuffix("t").replace(".", "")
    return f"cp{number}-cp{number}{'t' if python.endswith('t') else ''}"


def wheel_tag(target: Target, python: str) -> str:
    """All of it, of a finished wheel."""
    return f"{interpreter_tag(python)}-{platform_tag(target)}"


def plain_tag(target: Target, python: str) -> str:
    """The same before auditwheel has seen the wheel: how old Linux may be is what that finds out."""
    platform = f"linux_{PROCESSORS[target.processor].linux}" if target.system == "linux" else platform_tag(target)
    return f"{interpreter_tag(python)}-{platform}"
