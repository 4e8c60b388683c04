# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty environment to a running script, and what the wheel and the source distribution have in them."""

from __future__ import annotations

import re
import signal
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import PYTHON, make_environment, run

from tests.checkout import copy_checkout

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel


def test_from_nothing_to_a_running_script(wheel: Path, tmp_path: Path) -> None:
    commands = make_environment(tmp_path / "env", wheel, "pydicom")
    script = "orthanc-python new demo && exec orthanc-python run demo/demo.py"
    environment = {"PATH": f"{commands}:/usr/bin:/bin", "HOME": str(tmp_path)}
    process = subprocess.Popen(["sh", "-c", script], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        lines = []
        while True:
            lines.append(process.stderr.readline())
            assert lines[-1], "".join(lines)
            if found := re.search(r"Orthanc runs demo.py at (\S+)", lines[-1]):
                break
        answer = subprocess.run(["curl", "--silent", "--fail", f"{found[1]}/demo"], capture_output=True, text=True, check=True)
        assert '"plugin": "demo"' in answer.stdout
        process.send_signal(signal.SIGINT)
        log = process.communicate(timeout=60)[1]
        assert process.returncode == 0 and "Orthanc has stopped" in log
    finally:
        process.kill()
        process.wait()


def test_pip_installs_a_checkout(wheel: Path, tmp_path: Path) -> None:
    """With the build requirements that pip fetches for it, and the same files as the wheel has.

    Nothing is left in the checkout, so that root and a user can install it, one after the other.
    """
    source = copy_checkout(tmp_path / "source")
    before = files_of(source)
    commands = make_environment(tmp_path / "env", f"{source}[test]", "pydicom")
    assert files_of(source) == before
    plugin = Path(run([commands / "orthanc-python", "plugin"]).strip())
    assert plugin.is_file() and plugin.is_relative_to(tmp_path / "env")
    run([commands / "python", "-c", "import pytest, requests, pydicom, orthanc_python.pytest_plugin"])
    listing = "import importlib.metadata; print(*importlib.metadata.files('orthanc-python'), sep='\\n')"
    installed = {name for name in run([commands / "python", "-c", listing]).splitlines() if "__pycache__" not in name}
    assert {name for name in installed if name.startswith("orthanc")} >= set(zipfile.ZipFile(wheel).namelist())


def files_of(folder: Path) -> set[Path]:
    """Return the files below a folder. Python runs without the bytecode that another account has left."""
    return {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def test_the_plugin_carries_the_bytecode_of_its_python_code(wheel: Path) -> None:
    """The interpreter that builds the wheel has compiled it. Bytecode has the name of the file."""
    with zipfile.ZipFile(wheel) as archive:
        (plugin,) = [name for name in archive.namelist() if "/OrthancPython/OrthancPython-python" in name]
        assert b"<orthanc-python event_loop.py>" in archive.read(plugin)


def test_content(wheel: Path, source_distribution: Path) -> None:
    version = run([PYTHON, "-c", "import sys; print('%d%d' % sys.version_info[:2])"]).strip()
    assert re.fullmatch(rf"orthanc_python-[\d.]+-cp{version}-cp{version}-linux_\w+\.whl", wheel.name)
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} - {"orthanc_python", "orthanc-stubs"} == {names[-1].split("/")[0]}
    libraries = [name for name in names if ".so" in name]
    dotted = f"{version[0]}.{version[1:]}"
    assert sorted(libraries) == [
        f"orthanc_python/plugin/OrthancPython/OrthancPython-python{dotted}.so",
        "orthanc_python/plugin/libOrthancPython.so",
    ]
    assert {"orthanc-stubs/__init__.pyi", "orthanc_python/py.typed", "orthanc_python/samples/hello.py"} <= set(names)
    assert {"orthanc_python/testing/module.py", "orthanc_python/build_facts.py"} <= set(names)
    with tarfile.open(source_distribution) as archive:
        top = {name.split("/")[1] for name in archive.getnames() if "/" in name}
        text = b"".join(archive.extractfile(each).read() for each in archive if each.name.endswith(".h"))  # type: ignore[union-attr]
    assert {"CMakeLists.txt", "cmake", "src", "samples", "pyproject.toml", "LICENSE", "README.md"} <= top
    assert not {"tests", "ci", "build", ".ci"} & top
    assert b"ORTHANC_PLUGINS_MINIMAL_MAJOR_NUMBER" not in text  # Orthanc's header stays where it is installed
