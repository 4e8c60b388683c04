# SPDX-License-Identifier: GPL-3.0-or-later
"""`run --config`: what a trial takes from the configuration of a production server, and what it must not."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from orthanc_python.cli import app
from orthanc_python.failure import Failure
from orthanc_python.run import runner as runner_module
from orthanc_python.run.own_scripts import forget_modules, modules_of
from orthanc_python.run.reload import _Reloader, run_and_reload
from orthanc_python.run.runner import NOT_TAKEN, USUAL_PORT, Runner
from orthanc_python.server.orthanc_server import OrthancServer
from orthanc_python.server.settings import parse_assignments
from orthanc_python.server.start_errors import OrthancDidNotStart, PortTaken

# The closed list: each key with a value of a production server that would harm it, or open the trial to the network.
PRODUCTION = {
    "AuthenticationEnabled": True,
    "DicomPort": 4242,
    "DicomServerEnabled": True,
    "HttpBindAddresses": ["0.0.0.0"],
    "HttpPort": 8042,
    "IndexDirectory": "/var/lib/orthanc/db",
    "LuaScripts": ["route.lua"],
    "Plugins": ["/usr/share/orthanc/plugins"],
    "PythonScript": "/srv/production.py",
    "RemoteAccessAllowed": True,
    "SslEnabled": True,
    "StorageDirectory": "/var/lib/orthanc/db",
}
TAKEN = {"Name": "production", "StableAge": 7, "DicomAet": "ME", "DicomModalities": {"a": ["A", "localhost", 1]}}


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    plugin = tmp_path / "libOrthancPython.so"
    plugin.touch()
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(plugin))
    (tmp_path / "orthanc.json").write_text(json.dumps(PRODUCTION | TAKEN))
    (tmp_path / "script.py").touch()
    return tmp_path / "script.py"


def written(server: OrthancServer) -> dict[str, Any]:
    """Return the configuration that Orthanc would be started with."""
    try:
        return server._configuration()
    finally:
        server.close()


def test_keys_that_are_not_taken() -> None:
    assert tuple(PRODUCTION) == NOT_TAKEN


def test_configuration_for_orthanc(script: Path) -> None:
    given = written(Runner([script], configuration=script.parent / "orthanc.json").server())
    assert {key: given[key] for key in TAKEN} == TAKEN
    assert {key for key, value in PRODUCTION.items() if key != "HttpPort" and given.get(key) == value} == set()
    assert given["HttpBindAddresses"] == ["127.0.0.1"]
    assert given["RemoteAccessAllowed"] is False and given["DicomServerEnabled"] is False
    assert given["Plugins"] == [str(script.parent / "libOrthancPython.so")] and given["PythonScript"] == str(script)


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        ([], []),
        (["DicomServerEnabled=false"], []),
        (["DicomServerEnabled=true"], ["answers other machines too, and stores what they send", "DicomAlwaysAllowStore=false"]),
        (["DicomServerEnabled=true", "DicomAlwaysAllowStore=false"], ["answers other machines too."]),
    ],
)
def test_the_dicom_server_is_open_to_the_network(script: Path, assignments: list[str], said: list[str]) -> None:
    """Orthanc cannot bind it to one interface. The help's example must not start it."""
    console = Console(file=io.StringIO(), width=500)
    Runner([script], configuration=script.parent / "orthanc.json", assignments=assignments, console=console)
    (_not_taken, *warnings) = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(warnings) == bool(said) and all(text in warnings[0] for text in said)
    help_text = CliRunner().invoke(app, ["run", "--help"]).output
    assert "StableAge=5" in help_text and "DicomServerEnabled" not in help_text


@pytest.mark.parametrize("key", [key for key in PRODUCTION if key not in ("HttpPort", "Plugins")])
def test_only_the_command_line_sets_them(script: Path, key: str) -> None:
    configuration = script.parent / "orthanc.json"
    runner = Runner([script], configuration=configuration)
    assert key not in runner.settings
    assigned = Runner([script], configuration=configuration, assignments=[f"{key}={json.dumps(PRODUCTION[key])}"])
    assert assigned.settings[key] == PRODUCTION[key]


@pytest.mark.parametrize("given", ["script", "module"])
@pytest.mark.parametrize("recorder", [False, True], ids=["run", "reload"])
def test_only_what_is_named_is_run(given: str, recorder: bool, script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The scripts of a production server may route or delete."""
    section = {"Path": ["/srv/production.py"], "Modules": ["production"], "Verbose": True}
    configuration = script.parent / "orthanc.json"
    configuration.write_text(json.dumps({"Python": section}))
    scripts, modules = ([script], []) if given == "script" else ([], ["my_plugin"])
    runner = Runner(scripts, modules=modules, configuration=configuration)
    server = runner.server(recorder=recorder)
    settings = written(server)
    taken = settings["Python"]
    assert isinstance(taken, dict) and taken.get("Modules", []) == modules and taken["Verbose"] is True
    named = taken.get("Path", [settings["PythonScript"]] if "PythonScript" in settings else [])
    own = [f"{server.folder}/scripts/orthanc_python_recorder.py"] if recorder else []
    assert named == [*map(str, scripts), *own] and not ("Path" in taken and "PythonScript" in settings)
    said = "".join(capsys.readouterr().err.split())  # lines are broken anywhere in a long path
    assert f"Nottakenfrom{configuration}:Python.Modules,Python.Path.Use--setforthose." in said


def test_port_and_plugins_of_the_command_line(script: Path) -> None:
    (script.parent / "other.so").touch()
    other = str(script.parent / "other.so")
    runner = Runner([script], assignments=["HttpPort=12345", f"Plugins={json.dumps([other])}"])
    server = runner.server()
    assert runner.port == 12345 and server.port == 12345
    assert written(server)["Plugins"] == [str(script.parent / "libOrthancPython.so"), other]


@pytest.mark.parametrize(
    ("assignments", "folders"),
    [
        (["StorageDirectory=data"], ["data", "data"]),
        (["StorageDirectory=data", "IndexDirectory=../index"], ["data", "../index"]),
    ],
)
def test_folders_of_the_command_line(
    assignments: list[str], folders: list[str], script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orthanc looks for relative ones beside its configuration, in a folder that is removed at the end."""
    monkeypatch.chdir(tmp_path)
    settings = written(Runner([script], assignments=assignments).server())
    assert [settings[key] for key in ("StorageDirectory", "IndexDirectory")] == [f"{tmp_path}/{folder}" for folder in folders]


@pytest.mark.parametrize("assignment", ["StorageDirectory=", "IndexDirectory=7"])
def test_folders_that_are_none(assignment: str, script: Path) -> None:
    with pytest.raises(Failure, match=f"^--set {assignment}: it must be the path of a folder$"):
        Runner([script], assignments=[assignment])


def test_trial_has_storage_and_ports_of_its_own(script: Path, tmp_path: Path) -> None:
    runner = Runner([script], storage=tmp_path / "kept", port=12345, assignments=["DicomPort=4242"])
    given = written(runner.server())
    assert given["StorageDirectory"] == given["IndexDirectory"] == str(tmp_path / "kept") and given["DicomPort"] == 4242
    trial = runner.server(trial=True)
    assert trial.port == 0
    given = written(trial)
    assert given["DicomPort"] != 4242
    for key in ("StorageDirectory", "IndexDirectory"):
        assert Path(str(given[key])).parent == trial.folder


def test_trial_does_not_listen_for_a_debugger(script: Path) -> None:
    """The running Orthanc has the port, so each save would pass for an error of the script."""
    runner = Runner([script], assignments=["Python.Debug=5678", "Python.Verbose=true"])
    sections = [written(runner.server(recorder=True, trial=trial))["Python"] for trial in (False, True, False)]
    assert [section.get("Debug") for section in sections if isinstance(section, dict)] == [5678, None, 5678]
    assert all(isinstance(section, dict) and section["Verbose"] is True for section in sections)


@pytest.mark.parametrize("assignments", [[], ["Python.Dashboard=false"]])
def test_dashboard(script: Path, assignments: list[str]) -> None:
    section = written(Runner([script], assignments=assignments).server())["Python"]
    assert isinstance(section, dict) and section["Dashboard"] == (False if assignments else {"Reload": True})


@pytest.mark.parametrize("text", ['{"Verbose": true', "[1, 2", '"text', "{", " {x}"])
def test_half_of_a_value(text: str) -> None:
    """A section with a typing error would pass for a text, and its settings would be lost without a word."""
    with pytest.raises(Failure, match=r"--set Python=.*: its value is not JSON: "):
        parse_assignments([f"Python={text}"])


def test_values_of_assignments() -> None:
    given = ["Name=my server", "StableAge=5", "Python.Verbose=true", 'Plugins=["a.so"]', "Name=", 'Title="5"']
    found = {"Name": "", "StableAge": 5, "Python": {"Verbose": True}, "Plugins": ["a.so"], "Title": "5"}
    assert parse_assignments(given) == found


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("DicomPort=abc", "--set DicomPort=abc: it must be a port, a number up to 65535"),
        ("DicomPort=true", "--set DicomPort=true: it must be a port"),
        ("HttpPort=99999", "--set HttpPort=99999: it must be a port"),
        ("HttpPort=-1", "--set HttpPort=-1: it must be a port"),
        ("HttpPort.x=1", '--set HttpPort={"x": 1}: it must be a port'),
        ("Plugins=3", "--set Plugins=3: it must be a list of libraries and folders"),
        ("Plugins=[3]", "--set Plugins=[3]: it must be a list of libraries and folders"),
    ],
)
def test_values_that_are_refused_before_the_start(assignment: str, said: str, script: Path) -> None:
    with pytest.raises(Failure, match=re.escape(said)):
        Runner([script], assignments=[assignment])


def test_value_that_orthanc_refuses(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line names its first error, not only the exit status."""
    log = """W0101 12:00:00.000000 MAIN main.cpp:1] Orthanc version: 1.12.6
E0101 12:00:00.000000 MAIN OrthancException.cpp:61] Bad type for a parameter: "StableAge" must be an integer
E0101 12:00:00.000000 MAIN main.cpp:2] Uncaught exception, stopping now: [Bad type for a parameter] (code 5)
"""

    def refuse(server: OrthancServer) -> None:
        raise OrthancDidNotStart("Orthanc ended with exit status 255", 255, log)

    monkeypatch.setattr(OrthancServer, "start", refuse)
    with pytest.raises(Failure) as raised:
        Runner([script], assignments=["StableAge=abc"]).run()
    assert str(raised.value) == 'Orthanc did not start: Bad type for a parameter: "StableAge" must be an integer'


@pytest.mark.parametrize("ended", [-9, 0])
def test_error_that_has_not_ended_orthanc(ended: int, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script writes errors of its own, and goes on."""
    log = "E0101 12:00:00.000000 MAIN PluginsManager.cpp:1] cannot reach the PACS, going on without\n"

    def crash(server: OrthancServer) -> None:
        raise OrthancDidNotStart(f"Orthanc ended with exit status {ended}", ended, log)

    monkeypatch.setattr(OrthancServer, "start", crash)
    with pytest.raises(OrthancDidNotStart, match=f"Orthanc ended with exit status {ended}"):
        Runner([script]).run()


TAKEN_BY = "E0101 12:00:00.000000 MAIN PluginsManager.cpp:1] OSError: the port 5000 is taken by another viewer\n"


def test_script_that_says_that_a_port_is_taken(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the script's own port: Orthanc needs no other one, and a reload waits for the mended script."""
    started = []

    def refuse(server: OrthancServer) -> None:
        started.append(server)
        raise OrthancDidNotStart("Orthanc ended with exit status 255", 255, TAKEN_BY)

    monkeypatch.setattr(OrthancServer, "start", refuse)
    runner = Runner([script], console=Console(file=io.StringIO(), width=500))
    server = runner.server()
    with pytest.raises(OrthancDidNotStart):
        runner.start(server)
    assert started == [server]
    reloader = _Reloader(runner, server, runner.follow(server))
    assert reloader._start() == 0
    server.close()
    assert "It is tried again when a file has changed" in runner.console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("port", [0, 12345])
def test_port_that_is_taken(port: int, script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one will do, unless it is asked for."""
    ports = []

    def refuse(server: OrthancServer) -> None:
        ports.append(server.port)
        if server.port:
            raise PortTaken(f"the port {server.port} is taken by another program", 255, "")

    monkeypatch.setattr(runner_module, "_is_free", lambda port: True)
    monkeypatch.setattr(OrthancServer, "start", refuse)
    runner = Runner([script], port=port)
    if port:
        with pytest.raises(PortTaken):
            runner.run()
        with pytest.raises(PortTaken):
            run_and_reload(runner)
        assert ports == [port, port]
    else:
        runner.start(runner.server())
        assert ports == [USUAL_PORT, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on other systems")
@pytest.mark.parametrize("name", ["h\udcc3\udca4llo.py", "caf\udce9.py"], ids=["POSIX", "bytes"])
def test_path_that_is_not_text(name: str, script: Path) -> None:
    """As of an umlaut with LC_ALL=POSIX, or of bytes that are not UTF-8: JSON cannot have it, and Orthanc takes a launcher."""
    path = script.with_name(name)
    path.touch()
    server = Runner([path]).server()
    try:
        launcher = Path(str(server._configuration()["PythonScript"]))
        assert launcher.is_relative_to(server.folder) and f"for path in [{str(path)!r}]:" in launcher.read_text(
            encoding="utf-8"
        )
    finally:
        server.close()


NOT_TEXT = "caf\udce9"


STARTS = """
import importlib, runpy, sys
for _ in range(2):
    for name in list(sys.modules):
        if any(name == each or name.startswith(each + ".") for each in {packages!r}):
            del sys.modules[name]
    for each in {modules!r}:
        importlib.import_module(each)
    for path in {paths!r}:
        runpy.run_path(path)
"""


def run_configured(server: OrthancServer, folder: Path | None = None, packages: Sequence[str] = ()) -> str:
    """Run the modules and scripts in a Python, one after the other, as at two starts of the plugin. Return what they print.

    Args:
        folder: has modules that can be imported.
        packages: are what the plugin forgets at a start.
    """
    settings = server._configuration()
    paths, modules = settings["Python"].get("Path", [settings.get("PythonScript")]), settings["Python"].get("Modules", [])
    text = STARTS.format(packages=list(packages), modules=[modules] if isinstance(modules, str) else modules, paths=paths)
    command, environment = [sys.executable, "-c", text], {**os.environ, "PYTHONPATH": str(folder or "")}
    given = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert given.stderr == ""
    return given.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on other systems")
@pytest.mark.parametrize("name", ["types", "logging", "json", "queue", "plain"])
def test_names_of_scripts_that_a_launcher_runs(name: str, script: Path) -> None:
    """As without a launcher: a script with the name of a library's module runs, and the library gets its own."""
    path = script.parent / NOT_TEXT / f"{name}.py"
    path.parent.mkdir()
    path.write_text(
        "import json, logging, queue, types\nprint(__name__, logging.INFO, queue.Queue.__name__, json.dumps([1]))\n"
    )
    server = Runner([path]).server(recorder=True)
    try:
        module = "plain" if name == "plain" else f"{name}_script"
        assert run_configured(server) == f"{module} 20 Queue [1]\n" * 2
        assert path in modules_of(server)
        forget_modules(server)
        assert modules_of(server) == []
    finally:
        server.close()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on other systems")
def test_launched_script_that_another_imports(script: Path) -> None:
    """It runs once at each start, and libraries stay imported."""
    folder = script.parent / NOT_TEXT
    (folder / "site-packages").mkdir(parents=True)
    (folder / "site-packages" / "library.py").write_text("print(__name__)\n")
    (folder / "first.py").write_text(
        "import os, sys\nsys.path.append(os.path.dirname(__file__) + '/site-packages')\nimport library, second\n"
    )
    (folder / "second.py").write_text("print(__name__)\n")
    server = Runner([folder / "first.py", folder / "second.py"]).server()
    try:
        assert run_configured(server) == "library\nsecond\nsecond\n"
    finally:
        server.close()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on other systems")
@pytest.mark.parametrize("set_by", ["module", "assignment"])
def test_configured_modules_in_the_folder_of_a_launched_script(set_by: str, script: Path) -> None:
    """They run once at each start: the plugin has them imported, and it forgets them."""
    folder = script.parent / NOT_TEXT
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text("from package import inner\n")
    for name in ("package/inner.py", "package/plugin.py", "package_other.py"):
        (folder / name).write_text("print(__name__)\n")
    (folder / "first.py").write_text("import package.plugin, package.inner, package_other\n")
    given = {"modules": ["package.plugin"]} if set_by == "module" else {"assignments": ["Python.Modules=package.plugin"]}
    server = Runner([folder / "first.py"], **given).server()
    try:
        assert run_configured(server, folder, ["package"]) == "package.inner\npackage.plugin\npackage_other\n" * 2
    finally:
        server.close()


def test_recorder_that_cannot_write(script: Path) -> None:
    """The user's scripts run: with a full disk, say, changes of their modules are not seen."""
    server = Runner([script]).server(recorder=True)
    try:
        (server.folder / "modules.txt.part").mkdir()
        assert run_configured(server) == "" and modules_of(server) == []
    finally:
        server.close()


def test_scripts_of_a_reload_without_a_launcher(script: Path) -> None:
    """The plugin itself imports them, so that it drops their modules at a reset."""
    (script.parent / "other.py").touch()
    other = str(script.parent / "other.py")
    assert written(Runner([script, Path(other)]).server())["Python"]["Path"] == [str(script), other]
    module = Runner([], modules=["my_plugin"], assignments=[f"Python.Path={other}"]).server(recorder=True)
    assert written(module)["Python"]["Path"] == [other, f"{module.folder}/scripts/orthanc_python_recorder.py"]
