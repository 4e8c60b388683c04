# SPDX-License-Identifier: GPL-3.0-or-later
"""The finished wheels do their work: in Orthanc for this machine, in the host program under Wine and QEMU."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import foreign_pythons
import pytest
from conftest import FOLDER, ROOT, Wheel, host_tests, run

pytestmark = pytest.mark.timeout(600)

SCRIPT = """
import json, sys, orthanc

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps([uri, list(sys.version_info[:2])]), "application/json")

orthanc.RegisterRestCallback("/tried", answer)
"""


@pytest.mark.runner("native")
def test_it_is_installed_and_runs_a_sample_in_orthanc(wheel: Wheel, tmp_path: Path) -> None:
    interpreter = foreign_pythons.shared_interpreter(wheel.python)
    if interpreter is None:
        pytest.fail(f"this machine has no CPython {wheel.python} with a shared libpython to try the wheel with")
    run([interpreter, "-m", "venv", tmp_path / "env"])
    commands = tmp_path / "env" / "bin"
    run([commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel.file])
    hello = (
        run([commands / "python", "-c", "import orthanc_python; print(*orthanc_python.__path__)"]).strip() + "/samples/hello.py"
    )
    process = subprocess.Popen(
        [str(commands / "orthanc-python"), "run", hello], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        lines = []
        while not (found := re.search(r"Orthanc runs hello.py at (\S+)", lines[-1] if lines else "")):
            lines.append(process.stderr.readline())
            assert lines[-1], "".join(lines)
        answer = subprocess.run(["curl", "--silent", "--fail", f"{found[1]}/hello"], capture_output=True, text=True, check=True)
        assert answer.stdout == "Hello, world!\n"
        process.send_signal(signal.SIGINT)
        assert "Orthanc has stopped" in process.communicate(timeout=60)[1] and process.returncode == 0
    finally:
        process.kill()
        process.wait()


class Installed(host_tests.Bundle):  # type: ignore[name-defined,misc]
    """What pip makes of a wheel, with the host program of its target beside it."""

    @property
    def folder(self) -> Path:
        return Path(self.work / "installed" / "orthanc_python" / "plugin")


@pytest.mark.runner("native", "wine", "qemu")
def test_it_answers_in_the_host_program(wheel: Wheel, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    runnable = wheel.target.runner != "native" or foreign_pythons.shared_interpreter(wheel.python)
    assert runnable, f"this machine has no CPython {wheel.python} with a shared libpython to try the wheel with"
    environment = request.getfixturevalue("wine") if wheel.target.runner == "wine" else {}
    installed = Installed(wheel.target, wheel.python, tmp_path, dict(environment))
    run([sys.executable, "-m", "wheel", "unpack", "--dest", tmp_path, wheel.file])
    (unpacked,) = tmp_path.glob("orthanc_python-*")
    unpacked.rename(tmp_path / "installed")
    host = "host.exe" if wheel.target.system == "windows" else "host"
    shutil.copy2(FOLDER / wheel.target.name / host, installed.folder)
    lines = installed.run(SCRIPT, "start\nget /tried\nstop\n")
    assert f'200 ["/tried", {[*map(int, wheel.python.split("."))]}]' in lines


@pytest.mark.runner("native")
def test_the_test_command_of_cibuildwheel(wheel: Wheel, tmp_path: Path) -> None:
    """As it runs in an environment with the wheel, and that it notices a plugin that does not belong there."""
    interpreter = foreign_pythons.shared_interpreter(wheel.python)
    assert interpreter is not None
    environment = tmp_path / "env"
    run([interpreter, "-m", "venv", "--without-pip", environment])
    (site,) = environment.glob("lib/python3*/site-packages")
    run([sys.executable, "-m", "wheel", "unpack", "--dest", tmp_path, wheel.file])
    shutil.copytree(next(tmp_path.glob("orthanc_python-*")), site, dirs_exist_ok=True)
    tag = "-".join(wheel.file.stem.split("-")[2:4])
    project = tmp_path / "project" / "build" / f"{tag}-linux_x86_64"
    project.mkdir(parents=True)
    shutil.copy2(FOLDER / wheel.target.name / "host", project)
    command = [str(environment / "bin" / "python"), str(ROOT / "tests/wheels/try_wheel.py"), str(tmp_path / "project")]
    assert re.search(r"in tests/host\nthe plugin runs 3\.\S+ in Orthanc \d", run(command, cwd=tmp_path))
    shutil.copy2(site / wheel.libraries[0], site / wheel.libraries[1])
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "does not answer" in done.stderr
