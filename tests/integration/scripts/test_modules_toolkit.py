# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed modules in `orthanc-python run`, in the fixture of pytest, and without Orthanc."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from followed_process import FollowedProcess, replace
from helpers import eventually

from orthanc_python import RestClient

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.release_build

MODULE = """
import orthanc
from my_plugin.words import HELLO

orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer(HELLO, "text/plain"))
"""


@pytest.fixture
def package(tmp_path: Path, plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in a folder of its own. Python finds it as that of an editable installation."""
    folder = tmp_path / "package" / "my_plugin"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(MODULE, encoding="utf-8")
    (folder / "words.py").write_text('HELLO = "hello"\n', encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{folder.parent}")
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(plugin))
    return folder


@pytest.fixture
def running(package: Path, own_port: int) -> Iterator[FollowedProcess]:
    options = ["--module", "my_plugin", "--reload", "--port", str(own_port)]
    started = FollowedProcess([sys.executable, "-m", "orthanc_python", "run", *options])
    yield started
    started.stop(signal.SIGTERM)  # SIGINT is ignored where the tests are a background job of a script


def test_reload(running: FollowedProcess, package: Path) -> None:
    port = int(running.wait_for(r"Orthanc runs my_plugin at http://127.0.0.1:(\d+)")[1])
    assert RestClient(port).get("/hello").text == "hello"
    replace(package / "words.py", 'HELLO = "changed"\n')
    running.wait_for("Reloaded words.py in")
    assert RestClient(port).get("/hello").text == "changed"
    replace(package / "words.py", "HELLO = 1 / 0\n")
    running.wait_for("words.py has changed and has an error, and the former script goes on")
    assert "ZeroDivisionError" in running.said and RestClient(port).get("/hello").text == "changed"


def start_slowly(marker: Path) -> str:
    """Return source that says by a file that Orthanc reads it, and takes a while."""
    return f"import time\nopen({str(marker)!r}, 'w').close()\ntime.sleep(1)\n"


@pytest.mark.parametrize("kind", ["module", "script"])
def test_reload_of_a_change_while_orthanc_starts(package: Path, tmp_path: Path, kind: str) -> None:
    marker = tmp_path / "starting"
    source = MODULE + start_slowly(marker)
    if kind == "script":
        script = tmp_path / "script.py"
        script.write_text(source, encoding="utf-8")
        (package / "__init__.py").write_text("", encoding="utf-8")
    else:
        (package / "__init__.py").write_text(source, encoding="utf-8")
    names = ["--module", "my_plugin"] if kind == "module" else [script]
    running = FollowedProcess([sys.executable, "-m", "orthanc_python", "run", *names, "--reload"])
    try:
        eventually(marker.exists)
        replace(package / "words.py", 'HELLO = "changed"\n')
        url = running.wait_for(r"Reloaded words.py in .*: http://127.0.0.1:(\d+)")
        assert RestClient(int(url[1])).get("/hello").text == "changed"
    finally:
        running.stop(signal.SIGTERM)


def test_fixture(pytester: pytest.Pytester, package: Path) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.orthanc(modules=["my_plugin"])
        def test_in_orthanc(orthanc):
            assert orthanc.session.get("/hello").text == "hello"
        """
    )
    result = pytester.runpytest_subprocess("-p", "orthanc_python.pytest_plugin", "--strict-markers")
    result.assert_outcomes(passed=1)
