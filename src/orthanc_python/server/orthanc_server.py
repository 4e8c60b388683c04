# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a real Orthanc with a Python script, in private folders and on free ports, and stops it again."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from orthanc_python.server.client import RestClient
from orthanc_python.server.orthanc_log import is_failure_of_script
from orthanc_python.server.ports import ReservedPorts, owner_of
from orthanc_python.server.processes import POLL, die_with_parent, end_group, terminate
from orthanc_python.server.settings import merged
from orthanc_python.server.start_errors import OrthancDidNotStart, OrthancNotFound, PortTaken, tail

STARTS = 5  # attempts to start when another process takes a chosen port first
PORT_TAKEN = re.compile(r"TCP port of the (HTTP|DICOM) server is .*in use")


def find_orthanc() -> Path:
    """The Orthanc to run: the environment's ORTHANC, else the first on PATH or in the system's folders for servers."""
    given = os.environ.get("ORTHANC")
    if given:
        if shutil.which(given) is None:
            raise OrthancNotFound(f"invalid environment variable ORTHANC: {given} is not a program")
        return Path(given)
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("Orthanc", path=folders)
    if found is None:
        raise OrthancNotFound(
            "Orthanc is not installed: install the package 'orthanc' (Debian and Ubuntu: apt-get install orthanc), "
            "or set the environment variable ORTHANC to the path of the program"
        )
    return Path(found)


class OrthancServer(RestClient):
    """An Orthanc server of its own, for demonstrations, tests and benchmarks.

        with OrthancServer("hello.py", plugin="build/libOrthancPython.so") as server:
            print(server.get("/hello").text)

    HTTP answers the loopback interface only, on `port` or, if that is 0, on one that is free. Orthanc cannot bind its DICOM
    server to one interface, so that it is off unless `dicom`. `configuration` is merged into the server's own, sections key by
    key. Without `plugin` it is an Orthanc without Python. Nothing that was started outlives the `with` block, nor this process.
    """

    def __init__(
        self,
        script: str | Path | None = None,
        *,
        plugin: str | Path | None = None,
        plugins: Sequence[str | Path] = (),
        configuration: Mapping[str, Any] | None = None,
        port: int = 0,
        dicom: bool = False,
        aet: str = "ORTHANC",
        verbose: bool = False,
        environment: Mapping[str, str] | None = None,
        working_folder: str | Path | None = None,
        timeout: float = 60.0,
    ) -> None:
        super().__init__(0)
        self.script = script
        self.plugins = [str(Path(path).resolve()) for path in ([plugin] if plugin else []) + list(plugins)]
        for path in self.plugins:
            if not Path(path).exists():  # Orthanc before 1.12.5 would only warn, and start without it
                raise FileNotFoundError(f"there is no plugin {path}")
        self.extra = dict(configuration or {})
        self.port = port
        self.dicom = dicom
        self.dicom_port = 0
        self.aet = aet
        self.verbose = verbose
        self.environment = dict(environment or {})
        self.working_folder = working_folder
        self.timeout = timeout
        self.left_processes = False  # whether the last stop had to end processes that Orthanc left behind
        self.folder = Path(tempfile.mkdtemp(prefix="orthanc-"))
        self._process: subprocess.Popen[bytes] | None = None
        # Also ends Orthanc when the object is forgotten, and at the interpreter's exit.
        self._running: list[subprocess.Popen[bytes]] = []
        self._ports = ReservedPorts()
        self._finalizer = weakref.finalize(self, _end, self.folder, self._running, self._ports)

    def __enter__(self) -> OrthancServer:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("Orthanc is not running")
        return self._process.pid

    @property
    def started(self) -> bool:
        """Between a start and its stop; the process may have ended meanwhile."""
        return self._process is not None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> OrthancServer:
        """Start Orthanc and wait until it answers; after a stop it finds its former storage, and keeps its ports."""
        if self._process is not None:
            raise RuntimeError("Orthanc is running already")
        program = find_orthanc()
        for attempt in range(1, STARTS + 1):
            beginning = len(self.log())
            if not self.http_port:
                free, self.dicom_port = self._ports.reserve()
                self.http_port = self.port or free
            try:
                self._start(program, beginning)
                return self
            except OrthancDidNotStart as error:
                self._abandon()
                # Orthanc runs scripts before it opens its ports: the words of one that has failed are not about those.
                taken = None if is_failure_of_script(error.log) else PORT_TAKEN.search(error.log)
                if taken and self.port and taken[1] == "HTTP":
                    message = f"the port {self.port} is taken by {owner_of(self.port)}"
                    raise PortTaken(message, error.exit_status, error.log) from None
                if attempt == STARTS or not taken:
                    raise
                self.http_port = 0
            except BaseException:
                self._abandon()
                raise
        raise AssertionError("unreachable")

    def stop(self, timeout: float = 30.0, left: float = 3.0) -> int:
        """Ask Orthanc to stop, and return its exit status: negative is the signal that ended it, as after a crash.

        Processes of it that are `left` after so many seconds more are killed.
        """
        if self._process is None:
            raise RuntimeError("Orthanc is not running")
        process, self._process = self._process, None
        status = terminate(process, timeout)
        self._running.remove(process)
        self.left_processes = end_group(process.pid, left)
        return status

    def reset(self, timeout: float = 30.0) -> None:
        """Restart Orthanc in its process, as POST /tools/reset does, and wait until it has started again.

        Raises TimeoutError if it has not.
        """
        beginning = len(self.log())
        self.post("/tools/reset")
        self.wait_for_log("Orthanc has started", timeout, beginning)

    def wait(self, timeout: float = 30.0) -> int:
        """Wait for an end that another cause brings about, and return the exit status."""
        if self._process is None:
            raise RuntimeError("Orthanc is not running")
        self._process.wait(timeout)
        return self.stop()

    def close(self) -> None:
        """Stop Orthanc if it runs, and remove its folder."""
        if self._process is not None:
            self.stop()
        self._finalizer()

    def log(self) -> str:
        """Return Orthanc's log since the first start: its standard error."""
        return self._read("orthanc.log")

    def output(self) -> str:
        """Return what scripts have printed since the first start: the standard output."""
        return self._read("output.txt")

    def wait_for_log(self, pattern: str, timeout: float = 10.0, beginning: int = 0) -> re.Match[str]:
        """Wait until the log, from the character `beginning` on, has a match of a regular expression."""
        expression = re.compile(pattern)
        end = time.monotonic() + timeout
        while True:
            found = expression.search(self.log(), beginning)
            if found is not None:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"the log has no {pattern!r} after {timeout:g} s:\n{tail(self.log())}")
            time.sleep(POLL)

    def _start(self, program: Path, beginning: int) -> None:
        settings = self.folder / "orthanc.json"
        settings.write_text(json.dumps(self._configuration(), indent=2), encoding="utf-8")
        command = [str(program), *(["--verbose"] if self.verbose else []), str(settings)]
        with (self.folder / "orthanc.log").open("ab") as log, (self.folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                cwd=self.working_folder or self.folder,
                env={**os.environ, **self.environment},
                start_new_session=True,  # Ctrl-C at a terminal is for us, who then stop Orthanc in order
                preexec_fn=die_with_parent(),
            )
        self._running.append(self._process)
        end = time.monotonic() + self.timeout
        while not self._answers(beginning):
            status = self._process.poll()
            if status is not None:
                raise OrthancDidNotStart(f"Orthanc ended with exit status {status}", status, self.log()[beginning:])
            if time.monotonic() > end:
                message = f"Orthanc did not answer at {self.url} within {self.timeout:g} s"
                raise OrthancDidNotStart(message, None, self.log()[beginning:])
            time.sleep(POLL)

    def _answers(self, beginning: int) -> bool:
        # The log first: on a port that was taken meanwhile, it is another server that answers.
        if "Orthanc has started" not in self.log()[beginning:]:
            return False
        try:
            self.get("/system", timeout=5.0)  # any status will do: a script may forbid the route
        except (OSError, http.client.HTTPException):
            return False
        return True

    def _configuration(self) -> dict[str, Any]:
        own: dict[str, Any] = {
            "Name": self.aet,
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "index"),
            "HttpServerEnabled": True,
            "HttpPort": self.http_port,
            "HttpBindAddresses": [self.host],  # Orthanc before 1.12.10 listens everywhere, and refuses by the next line
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "SslEnabled": False,
            "DicomServerEnabled": self.dicom,
            "DicomPort": self.dicom_port,
            "DicomAet": self.aet,
            "DicomAlwaysAllowStore": True,
            "StableAge": 1,
            "Plugins": self.plugins,
        }
        if self.script is not None:
            own["PythonScript"] = str(self.script)
        return merged(own, self.extra)

    def _abandon(self) -> None:
        """End an Orthanc that did not start."""
        if self._process is not None:
            process, self._process = self._process, None
            terminate(process, 5.0)
            self._running.remove(process)
            end_group(process.pid)

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""


def _end(folder: Path, running: list[subprocess.Popen[bytes]], ports: ReservedPorts) -> None:
    for process in running:
        if process.poll() is None:
            terminate(process, 10.0)
        end_group(process.pid)
    ports.close()
    shutil.rmtree(folder, ignore_errors=True)
