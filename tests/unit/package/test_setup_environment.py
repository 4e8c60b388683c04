# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that `orthanc-python setup --environment` makes, when that is not finished."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from orthanc_python.failure import Failure
from orthanc_python.setup.environment import Environment


@pytest.mark.parametrize("end", [KeyboardInterrupt(), None], ids=["interrupted", "without ensurepip"])
@pytest.mark.parametrize("mine", [False, True])
def test_environment_that_is_not_finished(
    end: BaseException | None, mine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would pass for a whole one the next time, and have no pip."""
    folder, temporary = tmp_path / "env", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    if mine:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")

    def make_half(command: list[str], env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
        (folder / "bin").mkdir(parents=True)
        (Path(env["TMPDIR"]) / "pip.whl").write_text("")
        if end is not None:
            raise end
        return subprocess.CompletedProcess(command, 1, "ensurepip is not available", "")

    monkeypatch.setattr(subprocess, "run", make_half)
    with pytest.raises((KeyboardInterrupt, Failure)):
        Environment({"VirtualEnv": str(folder)}, Path(os.__file__)).make()
    assert not list(temporary.iterdir())
    assert (folder / "notes.txt").is_file() if mine else not folder.exists()
