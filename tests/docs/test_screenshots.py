# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a real Orthanc are those that docs/recording/screenshots.py takes."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from pages import ROOT
from PIL import Image
from recording.screenshots import main

PICTURES = ROOT / "docs" / "pictures" / "screens"


@pytest.fixture(scope="module")
def taken(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORTHANC_PYTHON_PLUGIN", str(plugin))
        patch.setenv("PYTHONPATH", "")
        main(folder)
    return folder


def test_they_are_committed_in_the_same_size(taken: Path) -> None:
    names = [file.name for file in sorted(taken.glob("*.png"))]
    assert names == [file.name for file in sorted(PICTURES.glob("*.png"))] and names
    for name in names:
        with Image.open(taken / name) as now, Image.open(PICTURES / name) as then:
            assert now.size == then.size, name
            assert len(now.convert("RGB").getcolors(2**24) or []) > 20, f"{name} is empty"


def test_the_first_result_is_that_of_the_commands(taken: Path) -> None:
    words = ("wrote demo/demo.py", "Orthanc runs demo.py at http://127.0.0.1:", '"plugin": "demo"')
    for folder in (taken, PICTURES):
        text = html.unescape((folder / "first-result.svg").read_text(encoding="utf-8")).replace("\xa0", " ")
        assert [each for each in words if each not in text] == [], folder
