# SPDX-License-Identifier: GPL-3.0-or-later
"""pip install -e: an edit of Python is there at once, and one of C++ after the rebuild at the next import."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import BUILD_REQUIREMENTS, make_environment, run

from tests.checkout import copy_checkout

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel

LOADER = "no script is configured, so the plugin does nothing"


def test_edits_of_the_source(tmp_path: Path) -> None:
    source = copy_checkout(tmp_path / "source")
    commands = make_environment(tmp_path / "env", *BUILD_REQUIREMENTS)
    options = ["--no-build-isolation", "--config-settings=editable.rebuild=true", "--config-settings=build-dir=build/editable"]
    run([commands / "pip", "install", "--disable-pip-version-check", *options, "-e", source])

    plugin = Path(run([commands / "orthanc-python", "plugin"]).strip())
    assert LOADER.encode() in plugin.read_bytes()

    loader = source / "src/loader/entry_points.cpp"
    loader.write_text(loader.read_text().replace(LOADER, LOADER.upper()))
    assert Path(run([commands / "orthanc-python", "plugin"]).strip()) == plugin
    assert LOADER.upper().encode() in plugin.read_bytes()

    project = source / "src/orthanc_python/project.py"
    project.write_text(project.read_text().replace("exists already", "is there already"))
    (tmp_path / "demo").mkdir()
    done = subprocess.run(
        [commands / "orthanc-python", "new", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "demo is there already" in done.stderr
