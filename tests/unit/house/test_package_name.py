# SPDX-License-Identifier: GPL-3.0-or-later
"""The name on PyPI: until the project has it, nobody is sent there for it, as anybody could take it."""

from __future__ import annotations

import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from orthanc_python.libraries.installation import how_to_install

ROOT = Path(__file__).resolve().parents[3]
BY_NAME = re.compile(r"pip3? install (?:-\S+ )*['\"]?orthanc-python(?! @)|--extra-index-url|\"orthanc-python(?:\[\w+\])?\"\]")
PLACES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs",
    "samples",
    "src",
    "src/orthanc_release/site/templates",
    "docker",
    "Dockerfile",
)


def test_nothing_installs_by_the_name_alone() -> None:
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", *PLACES], capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file() and (ROOT / name).suffix not in (".svg", ".png"):
            found = BY_NAME.search((ROOT / name).read_text(encoding="utf-8"))
            assert found is None, f"{name}: {found[0] if found else ''}"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"url": "file:///srv/orthanc%20python", "dir_info": {}}', "env/bin/pip install '/srv/orthanc python'"),
        ('{"url": "https://example.org/x.whl"}', "env/bin/pip install https://example.org/x.whl"),
        (None, "env/bin/pip install SOURCE, where SOURCE is the folder or the wheel of orthanc-python"),
    ],
)
def test_command_names_where_this_one_is_from(record: str | None, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Distribution:
        def read_text(self, name: str) -> str | None:
            return record if name == "direct_url.json" else None

    monkeypatch.setattr(metadata, "distribution", lambda name: Distribution())
    assert how_to_install("env/bin/pip") == expected
