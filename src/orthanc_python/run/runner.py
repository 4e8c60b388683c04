# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs scripts in an Orthanc of their own, with the plugin and the packages of this environment, and shows its log."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from orthanc_python.configuration import read_configuration
from orthanc_python.failure import Denied, Failure
from orthanc_python.libraries.installation import find_plugin
from orthanc_python.run.follower import Follower
from orthanc_python.run.log_style import LogStyle
from orthanc_python.run.own_scripts import configured_scripts, launcher_of
from orthanc_python.run.waiting import announced
from orthanc_python.script_file import check_readable, check_script
from orthanc_python.server.orthanc_log import error_of_end, is_failure_of_script
from orthanc_python.server.orthanc_server import OrthancServer
from orthanc_python.server.processes import POLL
from orthanc_python.server.settings import Settings, listed, merged, parse_assignments
from orthanc_python.server.start_errors import OrthancDidNotStart, PortTaken

USUAL_PORT = 8042
HIGHEST_PORT = 65535
EXAMPLE = """'Plugins=["libOrthancGdcm.so"]'"""
START = 600.0  # seconds: a script may read a large model before it is ready
FOLDERS = ("StorageDirectory", "IndexDirectory")
# Keys of a production server that a trial on the same machine must not use: its data, its ports and its scripts.
NOT_TAKEN = (
    "AuthenticationEnabled",
    "DicomPort",
    "DicomServerEnabled",
    "HttpBindAddresses",
    "HttpPort",
    "IndexDirectory",
    "LuaScripts",
    "Plugins",
    "PythonScript",
    "RemoteAccessAllowed",
    "SslEnabled",
    "StorageDirectory",
)
DICOM_IS_OPEN = "The DICOM server answers other machines too"
STORES_ALL = ', and stores what they send. To store only what "DicomModalities" names: --set DicomAlwaysAllowStore=false'
SCRIPTS = ("Modules", "Path")  # of the section "Python": a trial runs what the command line names, and nothing else


class Runner:
    """Orthanc with these scripts. `server` makes one; the options are those of the command `run`."""

    def __init__(
        self,
        scripts: Sequence[Path],
        *,
        modules: Sequence[str] = (),
        port: int = 0,
        storage: Path | None = None,
        configuration: Path | None = None,
        assignments: Sequence[str] = (),
        verbose: bool = False,
        console: Console | None = None,
    ) -> None:
        self.scripts = [check_readable(check_script(script).resolve()) for script in scripts]
        self.modules = list(modules)
        names = [script.stem for script in self.scripts]
        for name in names:
            if names.count(name) > 1:
                raise Failure(f"two scripts are called {name}.py, and Python can import one module of a name only: rename one")
        self.console = console or Console(stderr=True, highlight=False)
        self._any_port = not port
        self.port = port or (USUAL_PORT if _is_free(USUAL_PORT) else 0)
        self.verbose = verbose
        self.settings: Settings = {}
        if configuration is not None:
            try:
                given = read_configuration(configuration)
            except Denied:
                text = f"this account cannot read all of {configuration}"
                raise Failure(f"{text}: make a copy that it can read, and name that by --config") from None
            self.settings, left = _taken(given)
            if left:
                self.console.print(f"Not taken from {configuration}: {', '.join(left)}. Use --set for those.", markup=False)
        if storage is not None:
            _make(storage)
            self.settings |= {"StorageDirectory": str(storage.resolve()), "IndexDirectory": str(storage.resolve())}
        assigned = parse_assignments(assignments)
        _check(assigned)
        # Orthanc would take them for folders beside its configuration, and that folder is removed at the end.
        assigned |= {key: str(Path(assigned[key]).absolute()) for key in FOLDERS if assigned.get(key)}
        if storage is None and "StorageDirectory" in assigned:  # without its index, the files of a storage are lost
            assigned.setdefault("IndexDirectory", assigned["StorageDirectory"])
        self._any_port = self._any_port and "HttpPort" not in assigned
        self.port = assigned.pop("HttpPort", self.port)
        self.plugins = [find_plugin(), *assigned.pop("Plugins", [])]
        self.settings = merged(self.settings, assigned)
        if self.settings.get("DicomServerEnabled"):
            text = DICOM_IS_OPEN + (STORES_ALL if self.settings.get("DicomAlwaysAllowStore", True) else ".")
            self.console.print(text, style="yellow", markup=False, soft_wrap=True)
        if modules:
            self.settings = merged(self.settings, {"Python": {"Modules": self.modules}})

    def server(self, *, recorder: bool = False, trial: bool = False) -> OrthancServer:
        """Return an Orthanc that is not started yet. With `recorder`, modules_of returns what its scripts have imported.

        A trial has a port and a storage of its own.
        """
        # This environment's interpreter, also where the package is installed outside of a virtual environment.
        own = {"ErrorDetails": True, "Dashboard": {"Reload": True}}
        settings = merged({"Python": own}, merged(self.settings, {"Python": {"Executable": sys.executable}}))
        if trial:
            settings = {
                key: value for key, value in settings.items() if key not in ("StorageDirectory", "IndexDirectory", "DicomPort")
            }
            settings["Python"].pop("Debug", None)  # the running one has its port, and a trial waits for nobody
        server = OrthancServer(
            plugins=self.plugins,
            configuration=settings,
            port=0 if trial else self.port,
            verbose=self.verbose,
            working_folder=Path.cwd(),
            timeout=START,
        )
        section = settings["Python"]
        scripts = configured_scripts(server, self.scripts, listed(section.get("Modules", [])), recorder=recorder)
        if recorder and not self.scripts:  # where modules alone are named, --set Python.Path may add to them
            scripts = [*listed(section.get("Path", [])), *scripts]
        if len(scripts) == 1:
            server.script = scripts[0]
        elif scripts:
            server.extra = merged(server.extra, {"Python": {"Path": scripts}})
        return server

    def style(self, server: OrthancServer) -> LogStyle:
        """How its log is shown: scripts by their names, and no launcher, because no reader knows it."""
        names = {str(script): script.name for script in self.scripts}
        return LogStyle({str(launcher_of(server)): self.names} | names, everything=self.verbose)

    @property
    def names(self) -> str:
        return ", ".join([*self.modules, *(script.name for script in self.scripts)])

    def follow(self, server: OrthancServer) -> Follower:
        return Follower(self.console, server.folder / "orthanc.log", server.folder / "output.txt", self.style(server))

    def start(self, server: OrthancServer) -> float:
        """Start Orthanc and return the seconds that it took. Says meanwhile that it takes long."""
        began = time.monotonic()
        with announced(self._say_waiting):
            try:
                server.start()
            except PortTaken:
                if not self._any_port:
                    raise
                server.port = server.http_port = 0  # another program has taken the usual one meanwhile
                server.start()
        return time.monotonic() - began

    def greet(self, server: OrthancServer, follower: Follower, seconds: float) -> None:
        """Tells that it runs, and where; below what it has logged so far."""
        follower.show()
        self.console.print(
            f"Orthanc runs {self.names} at {server.url} after {seconds:.1f} s. Ctrl-C stops it.",
            style="bold green",
            markup=False,
            soft_wrap=True,
        )

    def run(self) -> None:
        """Run the scripts until KeyboardInterrupt. An end of Orthanc before that is a failure."""
        server = self.server()
        with self.follow(server) as follower, stopped_at_end(server):
            try:
                self.greet(server, follower, self.start(server))
            except PortTaken:
                raise
            except OrthancDidNotStart as error:
                if is_failure_of_script(error.log):  # which the log shows
                    raise Failure(f"{self.names} has failed, so Orthanc did not start") from None
                if error.exit_status is not None and (text := error_of_end(error.log)):
                    raise Failure(f"Orthanc did not start: {text}") from None
                raise
            while server.running:
                time.sleep(POLL)
            raise Failure(f"Orthanc ended by itself with exit status {server.wait()}")

    def _say_waiting(self, seconds: float) -> None:
        text = f"Orthanc has not answered for {seconds:.0f} s: {self.names} may still be starting. Ctrl-C stops it."
        self.console.print(text, style="yellow", markup=False, soft_wrap=True)


@contextmanager
def stopped_at_end(server: OrthancServer) -> Iterator[None]:
    """Stop a server in order, but leave its files until what follows the log has shown the end."""
    try:
        yield
    finally:
        if server.started:
            server.stop()


def _taken(given: Settings) -> tuple[Settings, list[str]]:
    """Return the settings of a production server that a trial takes, and the names of the others."""
    left = [key for key in NOT_TAKEN if key in given]
    taken = {key: value for key, value in given.items() if key not in left}
    if isinstance(section := given.get("Python"), dict):
        left += [f"Python.{key}" for key in SCRIPTS if key in section]
        taken["Python"] = {key: value for key, value in section.items() if key not in SCRIPTS}
    return taken, left


def _check(assigned: Settings) -> None:
    """Refuse values of the settings that this command uses itself."""
    for key in ("HttpPort", "DicomPort"):
        port = assigned.get(key, 0)
        if type(port) is not int or not 0 <= port <= HIGHEST_PORT:
            raise Failure(f"--set {key}={_json(port)}: it must be a port, a number up to {HIGHEST_PORT}")
    for key in FOLDERS:
        if not isinstance(assigned.get(key, "/"), str) or assigned.get(key) == "":
            raise Failure(f"--set {key}={_json(assigned[key])}: it must be the path of a folder")
    plugins = assigned.get("Plugins", [])
    if not isinstance(plugins, list) or not all(isinstance(each, str) for each in plugins):
        raise Failure(f"--set Plugins={_json(plugins)}: it must be a list of libraries and folders, such as {EXAMPLE}")


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _make(storage: Path) -> None:
    """Make the folder of the storage, or see that it can be written to."""
    try:
        storage.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=storage).close()
    except OSError as error:
        raise Failure(f"cannot write to {storage}: {error.strerror}: name another folder by --storage") from None


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("", port))
        except OSError:
            return False
    return True
