# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python new NAME --package: what it writes builds, installs, runs and tests itself."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, clean_environment, make_environment, run

from orthanc_python.server.client import RestClient
from orthanc_python.server.processes import die_with_parent, terminate

TOOLS = Path(sys.executable).parent  # of these tests: actionlint and ruff
pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of orthanc-python's wheel


@pytest.fixture
def package(commands: Path, tmp_path: Path) -> Path:
    run([commands / "orthanc-python", "new", "my_plugin", "--package"], cwd=tmp_path)
    return tmp_path / "my_plugin"


def test_it_builds_installs_runs_and_tests_itself(package: Path, wheel: Path, tmp_path: Path) -> None:
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path / "dist", package])
    (built,) = (tmp_path / "dist").glob("*.whl")
    module = ["my_plugin/__init__.py", "my_plugin/plugin.py", "my_plugin/counts.py", "my_plugin/py.typed"]
    module.append("my_plugin/static/index.html")
    assert set(module) == {name for name in zipfile.ZipFile(built).namelist() if name.startswith("my_plugin/")}

    commands = make_environment(tmp_path / "env", f"{wheel}[test]", f"{built}[test]")
    (listed,) = json.loads(run([commands / "orthanc-python", "plugins", "--json"]))
    assert (listed["name"], listed["module"], listed["version"]) == ("my-plugin", "my_plugin.plugin", "0.1.0")
    assert listed["state"] == "not enabled"
    run([commands / "mypy"], cwd=package)
    assert "5 passed" in run([commands / "python", "-m", "pytest", "-p", "no:cacheprovider"], cwd=package)
    run_it(commands)


def run_it(commands: Path) -> None:
    command = [str(commands / "orthanc-python"), "run", "--module", "my_plugin.plugin"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=clean_environment(), preexec_fn=die_with_parent()
    )
    try:
        assert process.stderr is not None
        lines = []
        while not (found := re.search(r"Orthanc runs my_plugin.plugin at http://127.0.0.1:(\d+)", lines[-1] if lines else "")):
            lines.append(process.stderr.readline())
            assert lines[-1], "".join(lines)
        client = RestClient(int(found[1]))
        client.post("/tools/create-dicom", {"Tags": {"Modality": "CT"}})
        assert client.get("/my_plugin/counts").json() == {"CT": 1}
        process.send_signal(signal.SIGTERM)
        assert "my_plugin has counted 1 instances" in process.communicate(timeout=60)[1]
    finally:
        terminate(process, 10.0)


def test_style_and_workflow(package: Path) -> None:
    options = ["--isolated", "--line-length", "128", "--no-cache"]
    run([TOOLS / "ruff", "check", "--extend-select", "I,UP,B", *options], cwd=package)
    run([TOOLS / "ruff", "format", "--check", *options], cwd=package)
    run([TOOLS / "actionlint", ".github/workflows/test.yml"], cwd=package)


def test_what_it_says(commands: Path, tmp_path: Path) -> None:
    """As the page shows it, in an active environment."""
    said = run(["env", f"PATH={commands}:/usr/bin:/bin", "orthanc-python", "new", "my_plugin", "--package"], cwd=tmp_path)
    page = (ROOT / "docs" / "howto" / "packages.md").read_text(encoding="utf-8")
    assert f"$ orthanc-python new my_plugin --package\n{said}```" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my-plugin", "lower-case letters, digits and _, such as my_plugin"),
        ("My Plugin", "such as my_plugin"),
        ("../demo", "such as demo"),
        ("2d", "such as my_plugin"),
        ("class", "cannot be the name of a Python module, because it is a word of the Python language: choose another name"),
        ("/tmp/x/y", "change to /tmp/x first, and name the folder alone, such as y"),
        ("_hidden", "such as hidden"),
        ("größe", "cannot be the name of a Python module"),
        ("tests", 'a package cannot be called "tests"'),
        ("python", 'a package cannot be called "python"'),
        ("orthanc", 'a package called "orthanc" would hide the module'),
        ("logging", 'a package called "logging" would hide the module'),
        ("pydicom", 'a package called "pydicom" would hide the module'),
    ],
)
def test_bad_names(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path, name: str, said: str) -> None:
    assert said in " ".join(fail_with(["new", name, "--package"], {}).split())
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    assert "exists already" in fail_with(["new", "demo", "--package"], {})
    assert list((tmp_path / "demo").iterdir()) == []
