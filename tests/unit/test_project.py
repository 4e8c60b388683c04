# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in two places of the project agrees."""

from __future__ import annotations

import re
from pathlib import Path

import tomllib

from orthanc_python.doctor.keys import GLOBAL, SECTION

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def test_build_requirements() -> None:
    wanted = set(PROJECT["build-system"]["requires"])
    assert requirements("src/orthanc_sdk/requirements.txt") < wanted
    assert not any(re.match(r"(cmake|ninja)\b", each) for each in wanted)


def test_requirements_of_the_package_are_tested_with() -> None:
    for each in PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["test"]:
        assert each in requirements("tests/requirements.txt") or each.startswith("rich"), each


def test_doctor_knows_the_settings() -> None:
    plugin = (ROOT / "src/plugin/configuration.cpp").read_text(encoding="utf-8")
    loader = (ROOT / "src/loader/choice.cpp").read_text(encoding="utf-8")
    assert set(re.findall(r'read\(root, "(\w+)"', plugin)) == set(GLOBAL)
    in_loader = re.search(r"for \(const auto& \[key, target\] : \{(.*?)\}\)", loader, re.DOTALL)
    assert in_loader is not None
    assert set(re.findall(r'read\(\*section, "(\w+)"', plugin)) | set(re.findall(r'"(\w+)"', in_loader[1])) == set(SECTION)
