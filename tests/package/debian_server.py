# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Orthanc service in a temporary folder: the files of its package, and a real Orthanc that is given them."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from orthanc_python.server.client import RestClient
from orthanc_python.server.orthanc_server import find_orthanc
from orthanc_python.server.ports import ReservedPorts
from orthanc_python.server.processes import terminate

PACKAGE = Path("/etc/orthanc")  # where the package has its files: they are copied, never written
UNIT = Path("/lib/systemd/system/orthanc.service")
LIBRARIES = Path("/usr/share/orthanc/plugins")


def files_of_package(folder: Path) -> list[Path]:
    """Return what Debian's package of Orthanc has in a folder. Packages of plugins may have added to it."""
    listed = subprocess.run(["dpkg-query", "--listfiles", "orthanc"], check=True, capture_output=True, text=True).stdout
    return [path for path in map(Path, listed.splitlines()) if path.parent == folder and path.is_file()]


class DebianServer(RestClient):
    """The configuration folder `etc` and the folder of plugins `plugins`, as Debian has them, below a folder."""

    def __init__(self, folder: Path) -> None:
        self._ports = ReservedPorts()
        http, dicom = self._ports.reserve()
        super().__init__(http)
        self.folder = folder
        self.etc = folder / "etc" / "orthanc"
        self.plugins = folder / "usr" / "share" / "orthanc" / "plugins"
        self.log_file = folder / "var" / "log" / "orthanc" / "Orthanc.log"
        self.log_file.parent.mkdir(parents=True)
        for source, copy in ((PACKAGE, self.etc), (LIBRARIES, self.plugins)):
            copy.mkdir(parents=True)
            for path in files_of_package(source):
                shutil.copy(path, copy)
        units = folder / "lib" / "systemd" / "system"
        units.mkdir(parents=True)
        shutil.copy(UNIT, units)
        self.main = self.etc / "orthanc.json"
        storage = str(folder / "storage")
        self.replace('"/usr/share/orthanc/plugins/"', json.dumps(f"{self.plugins}/"))
        self.replace('"HttpPort" : 8042', f'"HttpPort" : {http}')
        self.replace('"DicomPort" : 4242', f'"DicomPort" : {dicom}')
        self.replace('"/var/lib/orthanc/db-v6"', json.dumps(storage))
        self._process: subprocess.Popen[bytes] | None = None

    def replace(self, old: str, new: str) -> None:
        """Replace a text in orthanc.json. It must be there."""
        text = self.main.read_text(encoding="utf-8")
        assert old in text, f"{self.main} has no {old}"
        self.main.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the configuration, or a script beside it."""
        path = self.etc / name
        path.write_text(text, encoding="utf-8")
        return path

    def line(self, name: str, text: str) -> int:
        """Return the last line of a file of the configuration that has a text."""
        lines = (self.etc / name).read_text(encoding="utf-8").splitlines()
        return max(number for number, line in enumerate(lines, 1) if text in line)

    def launch(self) -> None:
        """Start Orthanc as the unit does."""
        command = [find_orthanc(), f"--logdir={self.log_file.parent}", self.etc]
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=null, stderr=null, cwd="/", start_new_session=True)

    def start(self) -> int | None:
        """Start Orthanc with the folder: None when it answers, its exit status if it ends before."""
        self.log_file.unlink(missing_ok=True)  # a link to the newest one
        self.launch()
        return self.wait()

    def wait(self) -> int | None:
        """Wait for a start: None when Orthanc answers, its exit status if it ends before."""
        assert self._process is not None
        end = time.monotonic() + 60
        while time.monotonic() < end:
            status = self._process.poll()
            if status is not None:
                return status
            if "Orthanc has started" in self.log():
                return None
            time.sleep(0.05)
        raise AssertionError(self.log())

    @property
    def process(self) -> int | None:
        """Return the number of the process, None if it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def has_failed(self) -> bool:
        return self._process is not None and self._process.poll() not in (None, 0)

    def stop(self) -> None:
        if self._process is not None:
            terminate(self._process, 30)
            self._process = None

    def close(self) -> None:
        """Stop Orthanc, and give its ports back."""
        self.stop()
        self._ports.close()

    def log(self) -> str:
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def loaded(self) -> set[str]:
        """Return the names of the plugins of the running Orthanc."""
        names: list[str] = self.ask("/plugins")
        return set(names) - {"explorer.js"}

    def ask(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.text}"
        return answer.json()
