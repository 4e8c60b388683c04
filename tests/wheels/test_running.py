# SPDX-License-Identifier: GPL-3.0-or-later
"""The finished wheels do their work: in Orthanc for this machine, in the host program under Wine and QEMU."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FOLDER, ROOT, Wheel, host_tests, run

from orthanc_release.pythons import foreign_pythons
from tests.left_out import no_interpreter

pytestmark = pytest.mark.timeout(600)

SCRIPT = """
import json, sysconfig, orthanc

def answer(output, uri, **request):
    version = sysconfig.get_python_version() + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    output.AnswerBuffer(json.dumps([uri, version]), "application/json")

orthanc.RegisterRestCallback("/tried", answer)
"""
# Orthanc throws for this regular expression, through the library and its C++ runtime.
REFUSED = """
import orthanc

try:
    orthanc.RegisterRestCallback("/(?P<name>x)", print)
except orthanc.OrthancException as error:
    code = error.args[0]

orthanc.RegisterRestCallback("/refused", lambda output, uri, **request: output.AnswerBuffer(str(code), "text/plain"))
"""


@pytest.mark.runner("native")
def test_it_is_installed_and_runs_a_sample_in_orthanc(wheel: Wheel, tmp_path: Path) -> None:
    interpreter = foreign_pythons.shared_interpreter(wheel.python)
    if interpreter is None:
        no_interpreter(wheel.python)
    run([interpreter, "-m", "venv", tmp_path / "env"])
    commands = tmp_path / "env" / "bin"
    run([commands / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel.file])
    hello = (
        run([commands / "python", "-c", "import orthanc_python; print(*orthanc_python.__path__)"]).strip() + "/samples/hello.py"
    )
    (tmp_path / "refused.py").write_text(REFUSED)
    process = subprocess.Popen(
        [str(commands / "orthanc-python"), "run", hello, "refused.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        lines = []
        while not (found := re.search(r"Orthanc runs hello.py.* at (\S+)", lines[-1] if lines else "")):
            lines.append(process.stderr.readline())
            assert lines[-1], "".join(lines)
        for path, expected in ("hello", "Hello, world!\n"), ("refused", "-1"):
            answer = subprocess.run(["curl", "--silent", "--fail", f"{found[1]}/{path}"], stdout=subprocess.PIPE, text=True)
            assert (answer.returncode, answer.stdout) == (0, expected)
        process.send_signal(signal.SIGINT)
        assert "Orthanc has stopped" in process.communicate(timeout=60)[1] and process.returncode == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.runner("native", "wine", "qemu")
def test_it_answers_in_the_host_program(wheel: Wheel, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if wheel.target.runner == "native" and foreign_pythons.shared_interpreter(wheel.python) is None:
        no_interpreter(wheel.python)
    environment = request.getfixturevalue("wine") if wheel.target.runner == "wine" else {}
    plugin = tmp_path / "installed" / "orthanc_python" / "plugin"
    installed = host_tests.Bundle(wheel.target, wheel.python, plugin, tmp_path, dict(environment))
    run([sys.executable, "-m", "wheel", "unpack", "--dest", tmp_path, wheel.file])
    (unpacked,) = tmp_path.glob("orthanc_python-*")
    unpacked.rename(tmp_path / "installed")
    host = "host.exe" if wheel.target.system == "windows" else "host"
    shutil.copy2(FOLDER / wheel.target.name / host, installed.folder)
    lines = installed.run_script(SCRIPT, "start\nget /tried\nstop\n")
    assert f'200 ["/tried", "{wheel.python}"]' in lines


@pytest.mark.runner("wine")
def test_setup_of_a_windows_service(wheel: Wheel, tmp_path: Path, wine: dict[str, str]) -> None:
    """As the installer of Orthanc lays out its files. Wine can neither run that Orthanc nor restart it."""
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", site]
    run([*command, "--platform=win_amd64", f"--python-version={wheel.python}", "--only-binary=:all:", wheel.file])
    orthanc = tmp_path / "Orthanc Server"
    configuration = orthanc / "Configuration" / "orthanc.json"
    configuration.parent.mkdir(parents=True)
    (orthanc / "Plugins").mkdir()
    text = '{\r\n  // Beside this folder\r\n  "Plugins" : [ "../Plugins" ],\r\n  "HttpServerEnabled" : false\r\n}\r\n'
    configuration.write_bytes(text.encode())
    script = tmp_path / "hello.py"
    script.write_text("import orthanc\n")
    before = sorted(orthanc.rglob("*"))
    program = host_tests.HostProgram(wheel.target, wheel.python, tmp_path, tmp_path)
    environment = {**wine, "PYTHONPATH": program.path(site)}

    def start(*arguments: str) -> str:
        status, output = host_tests.run_program([*host_tests.START_WINE, *arguments], environment)
        assert status == 0, output
        return str(output)

    def setup(*options: str) -> str:
        return start(str(program.executable), "-m", "orthanc_python", "setup", *options)

    service = r"HKLM\SYSTEM\CurrentControlSet\Services\Orthanc"
    start("reg", "add", service, "/v", "ImagePath", "/d", f'"{program.path(orthanc / "OrthancService.exe")}"', "/f")
    try:
        assert "orthanc-python.json" in setup("--script", program.path(script), "--dry-run")
        assert sorted(orthanc.rglob("*")) == before
        said = setup("--script", program.path(script), "--yes")
        assert "restarted the service Orthanc" in said and "sudo" not in said
        added = json.loads((configuration.parent / "orthanc-python.json").read_text())
        assert added["Python"]["Path"] == program.path(script)
        assert configuration.read_bytes() == text.encode()
        assert (orthanc / "Plugins" / wheel.target.loader).is_file()
        setup("--undo", "--yes")
        assert sorted(orthanc.rglob("*")) == before
    finally:
        start("reg", "delete", service, "/f")


class Tried:
    """A wheel in an environment of an interpreter, for the test command of cibuildwheel."""

    def __init__(self, wheel: Wheel, interpreter: str, folder: Path) -> None:
        run([interpreter, "-m", "venv", "--without-pip", folder / "env"])
        (self.site,) = (folder / "env").glob("lib/python3*/site-packages")
        run([sys.executable, "-m", "wheel", "unpack", "--dest", folder, wheel.file])
        shutil.copytree(next(folder.glob("orthanc_python-*")), self.site, dirs_exist_ok=True)
        tag = "-".join(wheel.file.stem.split("-")[2:4])
        build = folder / "project" / "build" / f"{tag}-linux_x86_64"
        build.mkdir(parents=True)
        shutil.copy2(FOLDER / wheel.target.name / "host", build)
        program = ROOT / "tests" / "wheels" / "try_wheel.py"
        self.command = [str(folder / "env" / "bin" / "python"), str(program), str(folder / "project")]


@pytest.mark.runner("native")
def test_the_test_command_of_cibuildwheel(wheel: Wheel, tmp_path: Path) -> None:
    """It succeeds, and notices a plugin that does not work."""
    interpreter = foreign_pythons.shared_interpreter(wheel.python)
    if interpreter is None:
        no_interpreter(wheel.python)
    tried = Tried(wheel, interpreter, tmp_path)
    assert re.search(r"in tests/host\nthe plugin runs 3\.\S+ in Orthanc \d", run(tried.command, cwd=tmp_path))
    shutil.copy2(tried.site / wheel.libraries[0], tried.site / wheel.libraries[1])
    done = subprocess.run(tried.command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "does not answer" in done.stderr


def test_the_test_command_where_there_is_no_libpython(wheels: dict[tuple[str, str], Wheel], tmp_path: Path) -> None:
    """As in manylinux's images: this system's Python, whose program does not need the library, and does not see it here."""
    question = "from sysconfig import *; print(get_python_version(), *get_config_vars('LIBDIR', 'INSTSONAME'))"
    version, folder, name = run(["/usr/bin/python3", "-c", question]).split()
    wheel = wheels.get(("linux-x86_64", version))
    assert wheel is not None, f"there is no wheel for linux-x86_64 and CPython {version}; build it by ci/build --tested"
    tried = Tried(wheel, "/usr/bin/python3", tmp_path)
    hidden = f'mount --bind /dev/null {folder}/{name} && exec "$@"'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", hidden, "sh", *tried.command]
    assert "the plugin finds its symbols" in run(command, cwd=tmp_path)
